/// How a camera was held, as EXIF's tag 0x0112 says it: what has to be done to the stored rows to show the picture
/// upright (Exif 2.32, §4.6.4 A).
package enum Orientation: Int, Sendable, CaseIterable {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows become columns.
  package var swapsSides: Bool { rawValue >= 5 }

  /// The upright picture: pixel (y, x) of it is the stored pixel that the orientation names.
  package func applied(to picture: Picture) -> Picture {
    guard self != .upright else { return picture }
    let (height, width) = swapsSides ? (picture.width, picture.height) : (picture.height, picture.width)
    let (lastRow, lastColumn) = (picture.height - 1, picture.width - 1)
    var bytes = [UInt8](repeating: 0, count: picture.bytes.count)
    var place = 0
    for y in 0..<height {
      for x in 0..<width {
        let (row, column) =
          switch self {
          case .upright: (y, x)
          case .mirrored: (y, lastColumn - x)
          case .upsideDown: (lastRow - y, lastColumn - x)
          case .flipped: (lastRow - y, x)
          case .transposed: (x, y)
          case .turnedRight: (lastRow - x, y)
          case .transversed: (lastRow - x, lastColumn - y)
          case .turnedLeft: (x, lastColumn - y)
          }
        let stored = (row * picture.width + column) * picture.channels
        for channel in 0..<picture.channels { bytes[place + channel] = picture.bytes[stored + channel] }
        place += picture.channels
      }
    }
    return Picture(height: height, width: width, channels: picture.channels, bytes: bytes)
  }
}

extension Orientation {
  /// The orientation that a block of EXIF names: a TIFF header, and entries of 12 bytes in its first directory.
  ///
  /// Whatever is broken in it counts as upright: a picture is not refused for its remarks.
  ///
  /// - Parameter bytes: the TIFF structure, with or without `Exif\0\0` before it.
  init(exif bytes: ArraySlice<UInt8>) {
    self = .upright
    var bytes = bytes
    if bytes.starts(with: Array("Exif\0\0".utf8)) { bytes = bytes.dropFirst(6) }
    let order = bytes.prefix(2)
    let isBig = order.elementsEqual("MM".utf8)
    guard isBig || order.elementsEqual("II".utf8) else { return }
    func number(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset <= bytes.count - count else { return nil }
      let part = bytes[bytes.startIndex + offset..<bytes.startIndex + offset + count]
      return isBig ? part.reduce(0) { $0 << 8 | Int($1) } : part.reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let entries = number(at: directory, bytes: 2)
    else { return }
    for entry in 0..<entries {
      let offset = directory + 2 + 12 * entry
      guard let tag = number(at: offset, bytes: 2) else { return }
      guard tag == 0x0112 else { continue }
      // A SHORT, whose value lies in the entry itself; some programs write a LONG.
      let type = number(at: offset + 2, bytes: 2)
      let value = type == 3 ? number(at: offset + 8, bytes: 2) : type == 4 ? number(at: offset + 8, bytes: 4) : nil
      if let value, let orientation = Orientation(rawValue: value) { self = orientation }
      return
    }
  }
}
