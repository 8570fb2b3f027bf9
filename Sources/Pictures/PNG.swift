import CPNG

/// PNG files by libpng's simplified interface, which reports errors as values.
enum PNG {
  /// Size and colours of IHDR, and the orientation of eXIf.
  static func header(_ bytes: [UInt8]) throws(PictureError) -> PictureHeader {
    var header: PictureHeader?
    var orientation = Orientation.upright
    var place = 8
    while place + 8 <= bytes.count {
      let length = number(bytes, at: place)
      let type = String(decoding: bytes[place + 4..<place + 8], as: UTF8.self)
      let content = place + 8..<min(bytes.count, place + 8 + length)
      if header == nil {
        guard type == "IHDR", length == 13 else { throw .damaged(.png, "\(printable(type)) in place of IHDR") }
        guard content.count == 13 else { throw .truncated(.png) }
        let color = bytes[content.lowerBound + 9]
        header = PictureHeader(
          .png, height: number(bytes, at: place + 12), width: number(bytes, at: place + 8),
          isGrey: color == 0 || color == 4, orientation: .upright)
      }
      if type == "eXIf" { orientation = Orientation(exif: bytes[content]) }
      if type == "IEND" { break }
      place = place + 12 + length
    }
    guard var header else { throw .truncated(.png) }
    header.orientation = orientation
    return header
  }

  private static func number(_ bytes: [UInt8], at place: Int) -> Int {
    bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
  }

  private static func printable(_ type: String) -> String {
    type.unicodeScalars.allSatisfy { (33..<127).contains($0.value) } ? type : "another chunk"
  }

  /// The pixels; alpha is read, so that nothing is blended, and left out.
  static func decode(_ bytes: [UInt8], _ header: PictureHeader) throws(PictureError) -> Picture {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    defer { png_image_free(&image) }
    // The library keeps the address of the bytes between the two calls.
    let result: Result<[UInt8], PictureError> = bytes.withUnsafeBytes { raw in
      guard png_image_begin_read_from_memory(&image, raw.baseAddress, raw.count) != 0 else {
        return .failure(refusal(image))
      }
      guard Int(image.height) == header.storedHeight, Int(image.width) == header.storedWidth else {
        return .failure(.damaged(.png, "two sizes"))
      }
      // Without a remark of the file on its gamma, 16 bits mean what 8 bits mean.
      image.flags |= UInt32(PNG_IMAGE_FLAG_16BIT_sRGB)
      image.format = UInt32(PNG_FORMAT_FLAG_ALPHA) | (header.isGrey ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR))
      var pixels = [UInt8](repeating: 0, count: header.storedHeight * header.storedWidth * (header.isGrey ? 2 : 4))
      guard png_image_finish_read(&image, nil, &pixels, 0, nil) != 0 else { return .failure(refusal(image)) }
      return .success(pixels)
    }
    let pixels = try result.get()
    let channels = header.isGrey ? 1 : 3
    var kept = [UInt8](repeating: 0, count: header.storedHeight * header.storedWidth * channels)
    for pixel in 0..<header.storedHeight * header.storedWidth {
      for channel in 0..<channels {
        kept[pixel * channels + channel] = pixels[pixel * (channels + 1) + channel]
      }
    }
    return Picture(height: header.storedHeight, width: header.storedWidth, channels: channels, bytes: kept)
  }

  private static func refusal(_ image: png_image) -> PictureError {
    let message = withUnsafeBytes(of: image.message) { raw in
      String(decoding: raw.prefix(while: { $0 != 0 }), as: UTF8.self)
    }
    let isShort = ["read beyond end", "Not enough", "Read Error"].contains { message.contains($0) }
    return isShort ? .truncated(.png) : .damaged(.png, message)
  }
}

extension Picture {
  /// The picture as a PNG file of 8 bits a channel.
  package func png() throws(PictureError) -> [UInt8] {
    var image = png_image()
    image.version = UInt32(PNG_IMAGE_VERSION)
    image.height = UInt32(height)
    image.width = UInt32(width)
    image.format = channels == 1 ? 0 : UInt32(PNG_FORMAT_FLAG_COLOR)
    defer { png_image_free(&image) }
    // A PNG is at most a little larger than its pixels: filter bytes, deflate's stored blocks, headers.
    let rows = (width * channels + 1) * height
    var count = png_alloc_size_t(rows + rows / 500 + 4096)
    var file = [UInt8](repeating: 0, count: Int(count))
    guard png_image_write_to_memory(&image, &file, &count, 0, bytes, 0, nil) != 0, Int(count) <= file.count else {
      throw .damaged(.png, "cannot be written")
    }
    return Array(file.prefix(Int(count)))
  }
}
