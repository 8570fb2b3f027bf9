import CTurboJPEG

/// JPEG files by libjpeg-turbo; the markers before the picture are read here.
enum JPEG {
  /// Size, components and orientation: those of the first frame header, and of the first APP1 segment with EXIF.
  static func header(_ bytes: [UInt8]) throws(PictureError) -> PictureHeader {
    var orientation = Orientation.upright
    var place = 2
    while true {
      guard place + 4 <= bytes.count else { throw .truncated(.jpeg) }
      guard bytes[place] == 0xFF else {
        // Bytes between segments are skipped, as libjpeg does.
        place += 1
        continue
      }
      let marker = bytes[place + 1]
      // Fill bytes, and markers without a length.
      if marker == 0xFF || marker == 0 || marker == 0x01 || (0xD0...0xD8).contains(marker) {
        place += marker == 0xFF ? 1 : 2
        continue
      }
      guard marker != 0xD9, marker != 0xDA else { throw .damaged(.jpeg, "no frame before its data") }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let segment = place + 4..<place + 2 + max(2, length)
      guard length >= 2, segment.upperBound <= bytes.count else { throw .truncated(.jpeg) }
      if marker == 0xE1, bytes[segment].starts(with: Array("Exif\0\0".utf8)) {
        orientation = Orientation(exif: bytes[segment])
      }
      // Start of frame: all of C0 to CF but tables (C4), arithmetic conditioning (CC) and the reserved C8.
      if (0xC0...0xCF).contains(marker), marker != 0xC4, marker != 0xC8, marker != 0xCC {
        var header = try frame(bytes[segment], orientation)
        header.isProgressive = marker & 0x03 == 0x02
        return header
      }
      place = segment.upperBound
    }
  }

  /// Bits, height (2 bytes), width (2 bytes), components.
  private static func frame(
    _ segment: ArraySlice<UInt8>, _ orientation: Orientation
  ) throws(PictureError) -> PictureHeader {
    let frame = Array(segment.prefix(6))
    guard frame.count == 6 else { throw .damaged(.jpeg, "a short frame header") }
    guard frame[0] == 8 else { throw .unsupported("a JPEG picture of \(frame[0]) bits") }
    let components = Int(frame[5])
    guard [1, 3, 4].contains(components) else { throw .unsupported("a JPEG picture of \(components) components") }
    return PictureHeader(
      .jpeg, height: Int(frame[1]) << 8 | Int(frame[2]), width: Int(frame[3]) << 8 | Int(frame[4]),
      isGrey: components == 1, orientation: orientation, components: components)
  }

  /// Scans that a progressive picture may have. Programs write some ten. Each takes the time of the whole picture, however
  /// few bytes it has: the 500 that libjpeg-turbo allows take half a minute where 300 kilobytes announce a hundred million
  /// pixels.
  static let mostScans = 64

  /// Refuses a progressive picture of too many scans. To count the markers of others takes no time beside their pixels.
  private static func requireFewScans(_ bytes: [UInt8]) throws(PictureError) {
    var scans = 0
    var place = 2
    while let mark = bytes[min(place, bytes.count)...].firstIndex(of: 0xFF), mark + 3 < bytes.count {
      let marker = bytes[mark + 1]
      // Within a scan's data 0 follows such a byte, or a marker to start again from, and neither has a length.
      if marker == 0xFF || marker <= 0x01 || (0xD0...0xD8).contains(marker) {
        place = mark + (marker == 0xFF ? 1 : 2)
        continue
      }
      if marker == 0xD9 { return }
      if marker == 0xDA { scans += 1 }
      guard scans <= mostScans else { throw .tooManyScans }
      place = mark + 2 + max(2, Int(bytes[mark + 2]) << 8 | Int(bytes[mark + 3]))
    }
  }

  /// The pixels, by the accurate inverse transform and smooth upsampling of colour, as Pillow decodes them.
  static func decode(_ bytes: [UInt8], _ header: PictureHeader) throws(PictureError) -> Picture {
    if header.isProgressive { try requireFewScans(bytes) }
    let (height, width, components) = (header.storedHeight, header.storedWidth, header.components)
    let format = components == 1 ? TJPF_GRAY : components == 3 ? TJPF_RGB : TJPF_CMYK
    // The first warning ends this try. Bytes too many between segments do no harm: they may be all that is wrong.
    var result = decompress(bytes, height, width, components, format, flags: TJFLAG_STOPONWARNING)
    if let message = result.message, isHarmless(message) {
      result = decompress(bytes, height, width, components, format, flags: 0)
    }
    if let message = result.message, !isHarmless(message) {
      throw message.contains("Premature end") ? .truncated(.jpeg) : .damaged(.jpeg, message)
    }
    guard components == 4 else {
      return Picture(height: height, width: width, channels: components, bytes: result.pixels)
    }
    return Picture(height: height, width: width, channels: 3, bytes: colours(ofInvertedCMYK: result.pixels))
  }

  private static func isHarmless(_ message: String) -> Bool { message.contains("extraneous bytes before marker") }

  private static func decompress(
    _ bytes: [UInt8], _ height: Int, _ width: Int, _ components: Int, _ format: TJPF, flags: Int32
  ) -> (pixels: [UInt8], message: String?) {
    guard let decoder = tjInitDecompress() else { return ([], "no memory for a decoder") }
    defer { tjDestroy(decoder) }
    var pixels = [UInt8](repeating: 0, count: height * width * components)
    let status = tjDecompress2(
      decoder, bytes, UInt(bytes.count), &pixels, Int32(width), 0, Int32(height), Int32(format.rawValue),
      flags | TJFLAG_ACCURATEDCT | TJFLAG_LIMITSCANS)
    guard status != 0 else { return (pixels, nil) }
    return (pixels, tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "an unknown error")
  }

  /// Adobe's programs, and with them all others, store CMYK inverted: 255 is no ink. Colour = (255 − ink) · (255 − black)
  /// ÷ 255, rounded as Pillow does: black less the ink's share of it.
  private static func colours(ofInvertedCMYK pixels: [UInt8]) -> [UInt8] {
    var colours = [UInt8](repeating: 0, count: pixels.count / 4 * 3)
    for pixel in 0..<pixels.count / 4 {
      let black = Int(pixels[4 * pixel + 3])
      for channel in 0..<3 {
        let ink = 255 - Int(pixels[4 * pixel + channel])
        let product = ink * black + 128
        colours[3 * pixel + channel] = UInt8(black - (((product >> 8) + product) >> 8))
      }
    }
    return colours
  }
}
