import Foundation

/// Where the stored members of a ZIP archive lie in its file, so that they can be mapped; libzip does not say.
///
/// Format: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local headers), 4.3.12 (central directory), 4.3.14 to 4.3.16
/// (ends of it) and 4.5.3 (sizes of 64 bits). All numbers are little-endian.
enum ZipDirectory {
  /// The place of a member; `nil` wherever the archive is not quite as the format says, or as libzip understood it.
  static func place(ofEntry index: Int, _ member: ZipArchive.Member, in path: String) -> FilePlace? {
    guard let file = FileHandle(forReadingAtPath: path) else { return nil }
    defer { try? file.close() }
    guard let size = (try? file.seekToEnd()).flatMap({ Int(exactly: $0) }),
      let directory = directory(file, size),
      let entry = entry(index, of: directory, file, size),
      entry.isStored, entry.bytes == member.bytes, entry.name == Array(member.name.utf8),
      let header = bytes(file, at: entry.header, count: 30), number(header, 0, 4) == 0x0403_4B50
    else { return nil }
    let start = entry.header + 30 + number(header, 26, 2) + number(header, 28, 2)
    guard start <= size, member.bytes <= size - start else { return nil }
    return FilePlace(path: path, offset: start, count: member.bytes)
  }

  private struct Directory {
    let offset: Int
    let bytes: Int
  }

  private struct Entry {
    let name: [UInt8]
    let isStored: Bool
    let bytes: Int
    /// Where its local header lies.
    let header: Int
  }

  /// The place of the central directory, from the record at the end of the file.
  private static func directory(_ file: FileHandle, _ size: Int) -> Directory? {
    // The record has 22 bytes and a comment of at most 65,535.
    let tailCount = min(size, 22 + 65_535)
    guard let tail = bytes(file, at: size - tailCount, count: tailCount), tailCount >= 22 else { return nil }
    var end = tailCount - 22
    while number(tail, end, 4) != 0x0605_4B50 || end + 22 + number(tail, end + 20, 2) != tailCount {
      guard end > 0 else { return nil }
      end -= 1
    }
    var directory = Directory(offset: number(tail, end + 16, 4), bytes: number(tail, end + 12, 4))
    if end >= 20, number(tail, end - 20, 4) == 0x0706_4B50 {
      let place = number(tail, end - 12, 8)
      guard let record = bytes(file, at: place, count: 56), number(record, 0, 4) == 0x0606_4B50 else { return nil }
      directory = Directory(offset: number(record, 48, 8), bytes: number(record, 40, 8))
    }
    guard directory.offset >= 0, directory.bytes >= 0, directory.offset <= size,
      directory.bytes <= size - directory.offset
    else { return nil }
    return directory
  }

  /// An entry of the central directory, by its number.
  private static func entry(_ index: Int, of directory: Directory, _ file: FileHandle, _ size: Int) -> Entry? {
    guard let all = bytes(file, at: directory.offset, count: directory.bytes) else { return nil }
    var start = 0
    for _ in 0..<index {
      guard let length = length(all, start) else { return nil }
      start += length
    }
    guard let length = length(all, start), start + length <= all.count else { return nil }
    let nameBytes = number(all, start + 28, 2)
    let extra = start + 46 + nameBytes
    var sizes = [number(all, start + 24, 4), number(all, start + 20, 4), number(all, start + 42, 4)]
    var field = extra
    let extraEnd = extra + number(all, start + 30, 2)
    while field + 4 <= extraEnd {
      let bytes = number(all, field + 2, 2)
      guard field + 4 + bytes <= extraEnd else { return nil }
      if number(all, field, 2) == 1 {
        // Those of the three that did not fit 32 bits, in this order.
        var place = field + 4
        for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
          guard place + 8 <= field + 4 + bytes else { return nil }
          sizes[index] = number(all, place, 8)
          place += 8
        }
      }
      field += 4 + bytes
    }
    guard sizes.allSatisfy({ $0 >= 0 }), sizes[2] <= size - 30 else { return nil }
    let isEncrypted = number(all, start + 8, 2) & 1 != 0
    let isStored = number(all, start + 10, 2) == 0 && !isEncrypted && sizes[0] == sizes[1]
    return Entry(
      name: Array(all[start + 46..<extra]), isStored: isStored, bytes: sizes[0], header: sizes[2])
  }

  /// The length of the entry that starts there.
  private static func length(_ all: [UInt8], _ start: Int) -> Int? {
    guard start + 46 <= all.count, number(all, start, 4) == 0x0201_4B50 else { return nil }
    return 46 + number(all, start + 28, 2) + number(all, start + 30, 2) + number(all, start + 32, 2)
  }

  private static func bytes(_ file: FileHandle, at offset: Int, count: Int) -> [UInt8]? {
    guard offset >= 0, (try? file.seek(toOffset: UInt64(offset))) != nil,
      let data = try? file.read(upToCount: count) ?? Data(), data.count == count
    else { return nil }
    return [UInt8](data)
  }

  /// A number of `count` bytes; one beyond Int's range is negative.
  private static func number(_ bytes: [UInt8], _ start: Int, _ count: Int) -> Int {
    var number: UInt64 = 0
    for index in (start..<start + count).reversed() { number = number << 8 | UInt64(bytes[index]) }
    return Int(truncatingIfNeeded: number)
  }
}
