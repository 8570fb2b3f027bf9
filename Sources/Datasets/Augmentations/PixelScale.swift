import Kernels

/// What the numbers of an image are as colours: stored number = (x − shift) ÷ scale, and colour = stored number ÷ white,
/// from 0 to 1.
public struct PixelScale: Sendable {
  /// One factor a channel.
  public let scale: Floats
  /// One summand a channel.
  public let shift: Floats
  /// The stored number of the brightest colour: 255 for bytes.
  public let white: Float

  public init(scale: Floats, shift: Floats, white: Float) {
    self.scale = scale
    self.shift = shift
    self.white = white
  }
}
