/// What one operation of a network gives to the next: numbers of a shape for each sample of a microbatch, and the
/// gradient of the loss with respect to them.
public struct Activation: Sendable {
  /// Of one sample.
  public internal(set) var shape: FeatureShape
  /// The image that a flatten made this vector of: memory keeps its NHWC order, files have the channel-major one.
  /// `nil` where both orders are the same.
  public internal(set) var flattened: FeatureShape?
  /// Storage of the numbers.
  public internal(set) var storage: Int
  /// Storage of their gradient; `nil` before the first operation with parameters, where no one wants it.
  public internal(set) var gradient: Int?
  /// Whether the next operation may overwrite the numbers: nobody else reads them, their producer's backward included.
  public internal(set) var mayOverwrite: Bool

  /// Refuses a flattened image: for layers that work on images.
  ///
  /// - Parameter path: the layer's place in the config.
  public func requireImage(path: String) throws(ModelError) {
    if let image = flattened {
      throw ModelError(
        path: path,
        message: "found an input of \(shape) numbers, a flattened image of \(image), but this layer works on "
          + "images; put it before the flatten")
    }
  }
}
