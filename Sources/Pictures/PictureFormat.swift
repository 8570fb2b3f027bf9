/// A kind of picture file, told by its first bytes and never by its name.
package enum PictureFormat: String, Sendable, CaseIterable, CustomStringConvertible {
  case jpeg = "JPEG"
  case png = "PNG"
  case webp = "WebP"

  package var description: String { rawValue }

  /// Beyond this many pixels a file is refused before memory is taken for it: a few bytes can announce gigabytes.
  package static let mostPixels = 100_000_000

  /// Pixels that a file of any length may announce.
  package static let freePixels = 4_000_000

  /// Pixels for each byte of the file beyond that: what the format can reach with a picture of one colour, but for WebP,
  /// which needs a few bytes for any size.
  package var mostPixelsOfByte: Int {
    switch self {
    // A bit for each block of 8 × 8 pixels, of which colour may have a sixteenth.
    case .jpeg: 1100
    // A bit for each pixel, and deflate, which shrinks 1032 times.
    case .png: 8 * 1032
    case .webp: 10_000
    }
  }

  /// The kind that the bytes begin like.
  package init(of bytes: [UInt8]) throws(PictureError) {
    func has(_ text: String, at offset: Int = 0) -> Bool {
      bytes.count >= offset + text.utf8.count && bytes[offset..<offset + text.utf8.count].elementsEqual(text.utf8)
    }
    guard !bytes.isEmpty else { throw .empty }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if has("RIFF"), has("WEBP", at: 8) {
      self = .webp
    } else {
      for (signature, offset, kind) in Self.others where has(signature, at: offset) { throw .unsupported(kind) }
      if bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A]) {
        throw .unsupported("a TIFF picture")
      }
      throw .notAPicture(looksLike: Self.guess(bytes))
    }
  }

  /// Pictures of other kinds, which a message can name.
  private static let others = [
    ("GIF8", 0, "a GIF picture"), ("BM", 0, "a BMP picture"), ("ftypavif", 4, "an AVIF picture"),
    ("ftyphei", 4, "a HEIC picture"), ("ftypmif1", 4, "a HEIC picture"), ("8BPS", 0, "a Photoshop picture"),
    ("\u{0}\u{0}\u{0}\u{C}jP", 0, "a JPEG 2000 picture"),
  ]

  /// What is often found in place of a picture.
  private static func guess(_ bytes: [UInt8]) -> String? {
    let start = String(decoding: bytes.prefix(256), as: UTF8.self).lowercased().drop { $0.isWhitespace }
    if start.hasPrefix("<!doctype html") || start.hasPrefix("<html") {
      return "a page of HTML, as a failed download leaves"
    }
    if start.hasPrefix("<svg") || start.hasPrefix("<?xml") { return "XML text" }
    if start.hasPrefix("version https://git-lfs") { return "a pointer of Git LFS; \"git lfs pull\" gets the file" }
    if start.hasPrefix("%pdf") { return "a PDF document" }
    if start.hasPrefix("pk\u{3}\u{4}") { return "a ZIP archive" }
    return bytes.allSatisfy { $0 == 0 } ? "zeros only" : nil
  }

  /// Refuses what has too many pixels, for its bytes or at all, or none.
  func requireSize(height: Int, width: Int, bytes: Int) throws(PictureError) {
    guard height > 0, width > 0 else { throw .damaged(self, "a picture of \(height) × \(width) pixels") }
    let (pixels, overflows) = height.multipliedReportingOverflow(by: width)
    guard !overflows, pixels <= Self.mostPixels else { throw .tooLarge(height: height, width: width) }
    guard pixels <= max(Self.freePixels, bytes.multipliedReportingOverflow(by: mostPixelsOfByte).partialValue) else {
      throw .implausible(self, height: height, width: width, bytes: bytes)
    }
  }
}
