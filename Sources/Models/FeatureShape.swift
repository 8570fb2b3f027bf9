/// The shape of one sample between two layers: an image in NHWC order, or a vector as 1 × 1 × D.
public struct FeatureShape: Sendable, Equatable, CustomStringConvertible {
  public var height: Int
  public var width: Int
  public var channels: Int

  /// An image of `height × width` pixels with `channels` values each.
  public init(height: Int, width: Int, channels: Int) {
    self.height = height
    self.width = width
    self.channels = channels
  }

  /// A vector of `features` numbers.
  public init(features: Int) { self.init(height: 1, width: 1, channels: features) }

  /// Numbers in a sample.
  public var count: Int { height * width * channels }
  /// Pixels of a sample: rows of the matrix on which channels are columns.
  public var pixels: Int { height * width }

  /// Position in memory, [height, width, channels], of the element at `index` of [channels, height, width].
  func index(ofChannelMajorElement index: Int) -> Int {
    let (channel, pixel) = index.quotientAndRemainder(dividingBy: pixels)
    return pixel * channels + channel
  }

  public var description: String {
    pixels == 1 ? "\(channels)" : "\(height)×\(width)×\(channels)"
  }
}
