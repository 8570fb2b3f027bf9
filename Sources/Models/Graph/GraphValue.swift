/// What goes from one step of a ``NetworkGraph`` to the next: an image or a vector for each sample.
public struct GraphValue: Sendable, Equatable {
  /// Of one sample.
  public let shape: FeatureShape
  /// Whether other programs see [channels, height, width]; else they see [features].
  public let isImage: Bool

  private init(shape: FeatureShape, isImage: Bool) {
    self.shape = shape
    self.isImage = isImage
  }

  /// An image.
  public static func image(_ shape: FeatureShape) -> GraphValue { GraphValue(shape: shape, isImage: true) }

  /// A vector of so many numbers.
  public static func vector(_ features: Int) -> GraphValue {
    GraphValue(shape: FeatureShape(features: features), isImage: false)
  }

  /// A sample's dimensions as other programs have them: [channels, height, width], or [features].
  public var dimensions: [Int] {
    isImage ? [shape.channels, shape.height, shape.width] : [shape.count]
  }
}
