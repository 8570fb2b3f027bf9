/// A decoded picture: bytes [height, width, channels], of 1 channel (grey) or 3 (red, green, blue; sRGB).
package struct Picture: Sendable, Equatable {
  package var height: Int
  package var width: Int
  package var channels: Int
  /// Row by row from the top, pixel by pixel.
  package var bytes: [UInt8]

  /// `bytes` holds height · width · channels values.
  package init(height: Int, width: Int, channels: Int, bytes: [UInt8]) {
    precondition(
      height > 0 && width > 0 && bytes.count == height * width * channels,
      "\(bytes.count) bytes for a picture of \(height) × \(width) × \(channels)")
    self.height = height
    self.width = width
    self.channels = channels
    self.bytes = bytes
  }
}
