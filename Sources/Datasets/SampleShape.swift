/// The shape of one sample: an image [height, width, channels], or a row of features.
public struct SampleShape: Sendable, Equatable, Codable, CustomStringConvertible {
  /// Rows of an image; 1 for features.
  public let height: Int
  /// Pixels in a row of an image; 1 for features.
  public let width: Int
  /// Values a pixel; for features, their number.
  public let channels: Int
  /// Whether the sample has rows and columns of pixels.
  public let isImage: Bool

  /// An image, stored [height, width, channels].
  public static func image(height: Int, width: Int, channels: Int) -> SampleShape {
    SampleShape(height: height, width: width, channels: channels, isImage: true)
  }

  /// `count` numbers without neighbourhood.
  public static func features(_ count: Int) -> SampleShape {
    SampleShape(height: 1, width: 1, channels: count, isImage: false)
  }

  private init(height: Int, width: Int, channels: Int, isImage: Bool) {
    precondition(height > 0 && width > 0 && channels > 0, "a sample of \(height) × \(width) × \(channels) values")
    self.height = height
    self.width = width
    self.channels = channels
    self.isImage = isImage
  }

  /// The shape of samples with these dimensions: [D] is features, [H, W] an image of one channel, [H, W, C] an image;
  /// no dimension is a single number, more than three are features.
  init(dimensions: [Int]) {
    switch dimensions.count {
    case 2: self = .image(height: dimensions[0], width: dimensions[1], channels: 1)
    case 3: self = .image(height: dimensions[0], width: dimensions[1], channels: dimensions[2])
    default: self = .features(dimensions.reduce(1, *))
    }
  }

  /// Values a sample.
  public var count: Int { height * width * channels }

  public var description: String {
    isImage ? "\(height) × \(width) × \(channels)" : "\(channels) feature\(channels == 1 ? "" : "s")"
  }
}
