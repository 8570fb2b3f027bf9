import Foundation

/// How the bytes of a table stand for text.
enum TextEncoding: Sendable, Equatable {
  case utf8
  case utf16(isLittleEndian: Bool)
  /// One byte a character: the UTF-8 bytes of each of the 256, empty where the encoding has none.
  case singleByte(name: String, characters: [[UInt8]])

  /// As a user knows it.
  var name: String {
    switch self {
    case .utf8: "UTF-8"
    case .utf16(let isLittleEndian): isLittleEndian ? "UTF-16 LE" : "UTF-16 BE"
    case .singleByte(let name, _): name
    }
  }

  // MARK: By name

  /// Names of `data.encoding`.
  static let names = ["utf-8", "utf-16le", "utf-16be"] + singleBytes.map(\.name)

  /// The encoding of one of ``names``.
  static func named(_ name: String) -> TextEncoding? {
    switch name {
    case "utf-8": return .utf8
    case "utf-16le": return .utf16(isLittleEndian: true)
    case "utf-16be": return .utf16(isLittleEndian: false)
    default:
      guard let raw = singleBytes.first(where: { $0.name == name })?.raw else { return nil }
      let encoding = String.Encoding(rawValue: raw)
      let characters = (UInt8.min...UInt8.max).map { byte in
        String(bytes: [byte], encoding: encoding).map { Array($0.utf8) } ?? []
      }
      return .singleByte(name: name, characters: characters)
    }
  }

  /// Numbers of `CFStringEncodings`, which Foundation takes with the highest bit set.
  private static let singleBytes: [(name: String, raw: UInt)] = {
    var encodings: [(name: String, raw: UInt)] = []
    // In the order of CFStringEncodings, where the western one comes first.
    for (place, number) in [1252, 1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258].enumerated() {
      encodings.append(("windows-\(number)", 0x8000_0500 + UInt(place)))
    }
    for number in UInt(1)...16 where number != 12 { encodings.append(("iso-8859-\(number)", 0x8000_0200 + number)) }
    return encodings
      + [("koi8-r", 0x8000_0A02), ("macintosh", 0x8000_0000), ("cp437", 0x8000_0400), ("cp850", 0x8000_0410)]
  }()

  // MARK: Found in a file

  /// The encoding that the first bytes of a file show, and how many of them are a byte order mark.
  ///
  /// UTF-16 without a mark is told by the zero bytes of its separators and digits.
  ///
  /// - Throws: ``DataError`` for UTF-32 and for what is no table of text: archives, workbooks, pages, binary data.
  static func found(_ bytes: [UInt8], path: String) throws(DataError) -> (encoding: TextEncoding, markBytes: Int) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return (.utf8, 3) }
    if bytes.starts(with: [0xFF, 0xFE, 0, 0]) || bytes.starts(with: [0, 0, 0xFE, 0xFF]) {
      throw refusal(path, "begins with the byte order mark of UTF-32")
    }
    if bytes.starts(with: [0xFF, 0xFE]) { return (.utf16(isLittleEndian: true), 2) }
    if bytes.starts(with: [0xFE, 0xFF]) { return (.utf16(isLittleEndian: false), 2) }
    for (magic, words) in foreignFormats where bytes.starts(with: magic) { throw refusal(path, words) }
    let head = bytes.prefix(1024)
    guard head.contains(0) else { return (.utf8, 0) }
    let odd = head.indices.count { $0 % 2 == 1 && head[$0] == 0 }
    let even = head.indices.count { $0 % 2 == 0 && head[$0] == 0 }
    // Half of the bytes are high ones; nearly all of them are 0 in a table of numbers and Latin letters.
    if even * 4 <= odd, odd * 4 >= head.count { return (.utf16(isLittleEndian: true), 0) }
    if odd * 4 <= even, even * 4 >= head.count { return (.utf16(isLittleEndian: false), 0) }
    throw refusal(path, "has zero bytes, as a binary file has")
  }

  private static let foreignFormats: [(magic: [UInt8], words: String)] = [
    ([0x50, 0x4B, 3, 4], "is a zip archive or an Excel workbook (.xlsx)"),
    ([0xD0, 0xCF, 0x11, 0xE0], "is an old Excel workbook (.xls)"),
    (Array("PAR1".utf8), "is a Parquet file"), (Array("<!DOCTYPE".utf8), "is a web page"),
    (Array("<html".utf8), "is a web page"), (Array("[{".utf8), "is JSON"), (Array("{\"".utf8), "is JSON"),
    (Array("[[".utf8), "is JSON"), (Array("{\n".utf8), "is JSON"), (Array("[\n".utf8), "is JSON"),
    (Array("@relation".utf8), "is in ARFF"), (Array("<?xml".utf8), "is XML"),
    ([0x89, 0x48, 0x44, 0x46], "is an HDF5 file"),
    ([0x93, 0x4E, 0x55, 0x4D], "is a NumPy array"), (Array("BZh".utf8), "is compressed with bzip2"),
    ([0xFD, 0x37, 0x7A, 0x58], "is compressed with xz"), ([0x28, 0xB5, 0x2F, 0xFD], "is compressed with zstd"),
  ]

  private static func refusal(_ path: String, _ found: String) -> DataError {
    DataError(
      file: path, found: found, allowed: "a table of text, plain or gzip",
      remedy: "save the table as CSV in UTF-8")
  }
}
