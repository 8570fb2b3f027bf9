import CWebP

/// WebP files by libwebp: lossy and lossless, still pictures only.
enum WebP {
  /// Size by the library, orientation of the chunk EXIF.
  static func header(_ bytes: [UInt8]) throws(PictureError) -> PictureHeader {
    var features = WebPBitstreamFeatures()
    let status = WebPGetFeatures(bytes, bytes.count, &features)
    guard status == VP8_STATUS_OK else { throw refusal(status, bytes) }
    guard features.has_animation == 0 else { throw .unsupported("an animated WebP picture") }
    return PictureHeader(
      .webp, height: Int(features.height), width: Int(features.width), isGrey: false, orientation: orientation(bytes))
  }

  /// Walks over the chunks of the RIFF container: four letters, a little-endian length, content padded to even length.
  private static func orientation(_ bytes: [UInt8]) -> Orientation {
    var place = 12
    while place + 8 <= bytes.count {
      let length = number(bytes, at: place + 4)
      let content = place + 8..<min(bytes.count, place + 8 + length)
      if bytes[place..<place + 4].elementsEqual("EXIF".utf8) { return Orientation(exif: bytes[content]) }
      place += 8 + length + length % 2
    }
    return .upright
  }

  private static func number(_ bytes: [UInt8], at place: Int) -> Int {
    bytes[place..<place + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// The pixels; the library leaves alpha out and blends nothing.
  static func decode(_ bytes: [UInt8], _ header: PictureHeader) throws(PictureError) -> Picture {
    var pixels = [UInt8](repeating: 0, count: header.storedHeight * header.storedWidth * 3)
    let count = pixels.count
    guard WebPDecodeRGBInto(bytes, bytes.count, &pixels, count, Int32(header.storedWidth * 3)) != nil else {
      throw refusal(VP8_STATUS_BITSTREAM_ERROR, bytes)
    }
    return Picture(height: header.storedHeight, width: header.storedWidth, channels: 3, bytes: pixels)
  }

  /// A file that is shorter than its container says is truncated, whatever the library makes of it.
  private static func refusal(_ status: VP8StatusCode, _ bytes: [UInt8]) -> PictureError {
    let isShort = bytes.count < 12 || bytes.count < 8 + number(bytes, at: 4)
    if isShort || status == VP8_STATUS_NOT_ENOUGH_DATA { return .truncated(.webp) }
    return status == VP8_STATUS_UNSUPPORTED_FEATURE
      ? .unsupported("a WebP picture of a kind that libwebp does not know") : .damaged(.webp, "no sound bit stream")
  }
}
