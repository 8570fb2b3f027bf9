import Checkpoints
import Datasets

/// A tar archive (POSIX ustar), compressed by gzip, read from front to back.
///
/// Blocks of 512 bytes: a header with name (0, 100 bytes), size (124, octal), checksum (148), type (156) and prefix of the
/// name (345, 155 bytes), then the file's bytes filled up to whole blocks (pax, "ustar Interchange Format").
package struct TarArchive {
  let path: String
  private let file: GzipFile
  private static let blockBytes = 512

  package init(path: String) throws(DataError) {
    guard let file = GzipFile(path: path) else {
      throw DataError(file: path, found: "cannot be opened", allowed: "a .tar.gz file", remedy: "fetch it again")
    }
    self.path = path
    self.file = file
  }

  /// One entry's header.
  private struct Entry {
    var name: String
    var byteCount: Int
    var isFile: Bool
  }

  /// Writes members into a folder, each whole or not at all, under the last part of its name: no name in the archive can
  /// reach another folder. Every other entry is passed over.
  package func unpack(_ members: [RemoteFile.Member], into folder: String, _ progress: (Int) throws -> Void) throws {
    var wanted = members
    var done = 0
    while !wanted.isEmpty, let entry = try nextEntry() {
      let index = wanted.firstIndex { $0.path == entry.name }
      guard let index, entry.isFile else {
        try pass(entry.byteCount)
        continue
      }
      let member = wanted.remove(at: index)
      try UnpackedMember.write(member, from: path, to: folder, byteCount: entry.byteCount) { output throws in
        try readContent(entry.byteCount) { bytes in
          try output(bytes)
          done += bytes.count
          try progress(done)
        }
      }
    }
    if let missing = wanted.first { throw UnpackedMember.missing(missing, in: path) }
  }

  /// `nil` at the archive's end: blocks of zeros, or no block at all.
  private func nextEntry() throws(DataError) -> Entry? {
    let header = try file.read(upTo: Self.blockBytes)
    if header.isEmpty || header.allSatisfy({ $0 == 0 }) { return nil }
    guard header.count == Self.blockBytes, let stored = Self.octal(header[148..<156]),
      stored == Self.checksum(header), let byteCount = Self.octal(header[124..<136])
    else {
      throw DataError(
        file: path, found: "a header that is not a tar header", allowed: "a tar archive (ustar)",
        remedy: "fetch it again")
    }
    var name = Self.text(header[0..<100])
    let prefix = Self.text(header[345..<500])
    if header[257..<262].elementsEqual("ustar".utf8), !prefix.isEmpty { name = prefix + "/" + name }
    if name.hasPrefix("./") { name.removeFirst(2) }
    let type = header[156]
    return Entry(name: name, byteCount: byteCount, isFile: type == UInt8(ascii: "0") || type == 0)
  }

  private func readContent(_ count: Int, _ use: ([UInt8]) throws -> Void) throws {
    var left = count
    while left > 0 {
      let bytes = try file.read(exactly: min(left, 1 << 18))
      try use(bytes)
      left -= bytes.count
    }
    let padding = (Self.blockBytes - count % Self.blockBytes) % Self.blockBytes
    if padding > 0 { _ = try file.read(exactly: padding) }
  }

  private func pass(_ count: Int) throws { try readContent(count) { _ in } }

  /// A number in octal digits, at most 11 of them (8 GiB); `nil` for anything else, and for GNU's binary sizes.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.prefix { $0 != 0 }.filter { $0 != UInt8(ascii: " ") }
    guard !digits.isEmpty, digits.count <= 11 else { return nil }
    return Int(String(decoding: digits, as: UTF8.self), radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }

  /// The sum of the header's bytes, with blanks in the place of the sum itself.
  private static func checksum(_ header: [UInt8]) -> Int {
    header.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}
