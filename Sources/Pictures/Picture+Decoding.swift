extension Picture {
  /// Decodes a JPEG, PNG or WebP file, told apart by content, and turns it upright as its EXIF says.
  ///
  /// Grey pictures have one channel, all others three. Alpha is dropped, as Pillow's `convert("RGB")` does, so that a
  /// network sees what it would see in PyTorch; nothing is composited. Numbers of 16 bits are rounded to 8, in sRGB.
  ///
  /// - Parameter bytes: the whole file.
  package init(decoding bytes: [UInt8]) throws(PictureError) {
    let header = try PictureHeader(of: bytes)
    let stored =
      switch header.format {
      case .jpeg: try JPEG.decode(bytes, header)
      case .png: try PNG.decode(bytes, header)
      case .webp: try WebP.decode(bytes, header)
      }
    self = header.orientation.applied(to: stored)
  }

  /// The same picture with one channel (grey) or three.
  ///
  /// Grey is ITU-R BT.601's luma, 0.299 R + 0.587 G + 0.114 B, in 16-bit fixed point as Pillow's `convert("L")` rounds it.
  package func converted(channels wanted: Int) -> Picture {
    guard wanted != channels else { return self }
    if wanted == 3 {
      var colours = [UInt8](repeating: 0, count: 3 * height * width)
      for place in colours.indices { colours[place] = bytes[place / 3] }
      return Picture(height: height, width: width, channels: 3, bytes: colours)
    }
    var grey = [UInt8](repeating: 0, count: height * width)
    for pixel in grey.indices {
      let (red, green, blue) = (Int(bytes[3 * pixel]), Int(bytes[3 * pixel + 1]), Int(bytes[3 * pixel + 2]))
      grey[pixel] = UInt8((19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16)
    }
    return Picture(height: height, width: width, channels: 1, bytes: grey)
  }

  /// The part of `height` × `width` pixels whose upper left corner is at (`top`, `left`).
  package func cropped(top: Int, left: Int, height: Int, width: Int) -> Picture {
    precondition(
      top >= 0 && left >= 0 && top + height <= self.height && left + width <= self.width,
      "a crop of \(height) × \(width) at (\(top), \(left)) of a picture of \(self.height) × \(self.width)")
    guard height != self.height || width != self.width else { return self }
    var part: [UInt8] = []
    part.reserveCapacity(height * width * channels)
    for y in top..<top + height {
      let first = (y * self.width + left) * channels
      part += bytes[first..<first + width * channels]
    }
    return Picture(height: height, width: width, channels: channels, bytes: part)
  }
}
