import CZlib

extension DataFiles {
  /// A ZIP archive of stored members, byte by byte.
  ///
  /// - Parameter wide: whether sizes stand in fields of 64 bits, as NumPy writes them.
  static func zip(_ members: [(name: String, bytes: [UInt8])], wide: Bool = false) -> [UInt8] {
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, bytes) in members {
      let offset = UInt32(file.count)
      let checksum = littleEndian(UInt32(crc32(0, bytes, UInt32(bytes.count))))
      let size = littleEndian(UInt32(bytes.count))
      let full: [UInt8] = [255, 255, 255, 255]
      let long = littleEndian(UInt64(bytes.count))
      let extra: [UInt8] = wide ? [1, 0, 16, 0] + long + long : []
      // Version, flags, method, time and date, and what both headers share.
      let common: [UInt8] =
        littleEndian(UInt16(wide ? 45 : 20)) + [0, 0, 0, 0, 0, 0, 0x21, 0] + checksum
        + (wide ? full + full : size + size) + littleEndian(UInt16(name.utf8.count))
        + littleEndian(UInt16(extra.count))
      file += [0x50, 0x4B, 3, 4] + common + Array(name.utf8) + extra + bytes
      directory +=
        [0x50, 0x4B, 1, 2, 45, 0] + common + [UInt8](repeating: 0, count: 10) + littleEndian(offset)
        + Array(name.utf8) + extra
    }
    let count = littleEndian(UInt16(members.count))
    return file + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + littleEndian(UInt32(directory.count))
      + littleEndian(UInt32(file.count)) + [0, 0]
  }
}
