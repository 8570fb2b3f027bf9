/// Reads the text of a file from front to back as UTF-8, whatever its encoding, in bounded memory.
struct TextReader {
  /// The file, for error messages.
  let path: String
  /// The encoding, named or found.
  private(set) var encoding: TextEncoding
  /// Bytes of the file that are not decoded yet.
  private var pending: [UInt8]
  private var isAtEnd = false
  private let reader: ByteReader

  /// Opens a file. Its encoding is found where `name` is `nil`; a byte order mark is skipped either way.
  init(_ reader: ByteReader, encoding name: String?) throws(DataError) {
    self.reader = reader
    path = reader.path
    pending = try reader.read(upTo: ByteReader.chunkBytes)
    guard !pending.isEmpty else {
      throw DataError(
        file: path, found: "the file is empty", allowed: "a file with data", remedy: DataError.copyAgain)
    }
    if let name, let named = TextEncoding.named(name) {
      encoding = named
      let mark: [UInt8] =
        switch named {
        case .utf8: [0xEF, 0xBB, 0xBF]
        case .utf16(let isLittleEndian): isLittleEndian ? [0xFF, 0xFE] : [0xFE, 0xFF]
        case .singleByte: []
        }
      if !mark.isEmpty, pending.starts(with: mark) { pending.removeFirst(mark.count) }
    } else {
      let found = try TextEncoding.found(pending, path: path)
      encoding = found.encoding
      pending.removeFirst(found.markBytes)
    }
  }

  /// The next bytes of text, a chunk of the file at a time; empty at the end.
  mutating func read() throws(DataError) -> [UInt8] {
    while true {
      var bytes = pending
      pending = []
      if bytes.isEmpty || bytes.count == 1 && needsPairs {
        let more = isAtEnd ? [] : try reader.read(upTo: ByteReader.chunkBytes)
        if more.isEmpty {
          isAtEnd = true
          if !bytes.isEmpty { throw oddByte }
          return []
        }
        bytes += more
      }
      let text = try decoded(bytes)
      if !text.isEmpty { return text }
    }
  }

  private var needsPairs: Bool { if case .utf16 = encoding { true } else { false } }

  private var oddByte: DataError {
    DataError(
      file: path, found: "\(encoding.name) text with half a character at its end", allowed: "whole characters",
      remedy: DataError.copyAgain)
  }

  private mutating func decoded(_ bytes: [UInt8]) throws(DataError) -> [UInt8] {
    switch encoding {
    case .utf8: return bytes
    case .singleByte(_, let characters):
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count + bytes.count / 8)
      for byte in bytes {
        if byte < 0x80 {
          text.append(byte)
        } else {
          let character = characters[Int(byte)]
          text += character.isEmpty ? [0xEF, 0xBF, 0xBD] : character
        }
      }
      return text
    case .utf16(let isLittleEndian): return try decodedPairs(bytes, isLittleEndian: isLittleEndian)
    }
  }

  private mutating func decodedPairs(_ bytes: [UInt8], isLittleEndian: Bool) throws(DataError) -> [UInt8] {
    func unit(_ index: Int) -> UInt16 {
      let (first, second) = (UInt16(bytes[index]), UInt16(bytes[index + 1]))
      return isLittleEndian ? first | second << 8 : first << 8 | second
    }
    var whole = bytes.count / 2 * 2
    // The first half of a character of two units waits for the second.
    if whole >= 2, !isAtEnd, UTF16.isLeadSurrogate(unit(whole - 2)) { whole -= 2 }
    if whole == 0 {
      let more = try reader.read(upTo: ByteReader.chunkBytes)
      if more.isEmpty { throw oddByte }
      pending = bytes + more
      return []
    }
    pending = Array(bytes[whole...])
    let units = stride(from: 0, to: whole, by: 2).map(unit)
    if let text = String(validating: units, as: UTF16.self) { return Array(text.utf8) }
    throw DataError(
      file: path, found: "text that is no \(encoding.name)", allowed: "a table in UTF-8 or UTF-16",
      remedy: "save the table as UTF-8")
  }
}
