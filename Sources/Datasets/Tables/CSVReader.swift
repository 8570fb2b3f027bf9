/// Reads the rows of a CSV file (RFC 4180): cells between commas, maybe in quotes, in which a quote is doubled and
/// line breaks may stand. Lines end with LF or CRLF; a byte order mark and blank lines are skipped.
struct CSVReader {
  /// The file, for error messages.
  let path: String
  /// The cells of the current row.
  private(set) var row = CSVRow()
  private let reader: ByteReader
  private var chunk: [UInt8] = []
  private var next = 0

  private static let quote = UInt8(ascii: "\"")
  private static let comma = UInt8(ascii: ",")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")

  init(path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) {
    self.path = path
    reader = try ByteReader(path: path, progress: progress)
    chunk = try reader.read(upTo: ByteReader.chunkBytes)
    if chunk.starts(with: [0xEF, 0xBB, 0xBF]) { next = 3 }
    try Self.requireBytesOfText(chunk, path: path)
  }

  /// Refuses UTF-16 and UTF-32, told by their byte order mark or by the zero bytes of their commas and digits.
  private static func requireBytesOfText(_ chunk: [UInt8], path: String) throws(DataError) {
    let mark = chunk.starts(with: [0xFF, 0xFE]) || chunk.starts(with: [0xFE, 0xFF])
    guard mark || chunk.prefix(1024).contains(0) else { return }
    throw DataError(
      file: path,
      found: mark
        ? "begins with the byte order mark of UTF-16" : "has zero bytes, as text in UTF-16 or a binary file has",
      allowed: "a table in UTF-8", remedy: "save the table as UTF-8")
  }

  /// Reads the next row that is not blank into ``row``; false at the end of the file.
  mutating func readRow() throws(DataError) -> Bool {
    repeat {
      guard try peek() != nil else { return false }
      try readCells()
    } while row.isBlank
    return true
  }

  private mutating func readCells() throws(DataError) {
    row.begin()
    while true {
      if try peek() == Self.quote {
        next += 1
        try readQuoted()
      } else {
        try readPlain()
      }
      guard let byte = try peek() else { return }
      next += 1
      if byte == Self.lineFeed { return }
    }
  }

  /// Up to a comma, a line break or the end, which stays unread.
  private mutating func readPlain() throws(DataError) {
    while let byte = try peek(), byte != Self.comma, byte != Self.lineFeed {
      row.bytes.append(byte)
      next += 1
    }
    row.endCell(isQuoted: false)
  }

  /// Up to the closing quote, which is read, and the comma, line break or end behind it, which is not.
  private mutating func readQuoted() throws(DataError) {
    while true {
      guard let byte = try peek() else {
        throw DataError(
          file: path, found: "the quote that opens row \(row.number), column \(row.count + 1), is never closed",
          allowed: "\" at both ends of a quoted cell, and \"\" for a quote inside", remedy: "close the quote")
      }
      next += 1
      if byte != Self.quote {
        row.bytes.append(byte)
      } else if try peek() == Self.quote {
        row.bytes.append(byte)
        next += 1
      } else {
        break
      }
    }
    if try peek() == Self.carriageReturn { next += 1 }
    guard let behind = try peek(), behind != Self.comma, behind != Self.lineFeed else {
      return row.endCell(isQuoted: true)
    }
    throw DataError(
      file: path, found: "text behind the closing quote of row \(row.number), column \(row.count + 1)",
      allowed: "a comma or the end of the line", remedy: "write a quote inside a quoted cell as \"\"")
  }

  /// The next byte, without reading it; `nil` at the end of the file.
  @inline(__always)
  private mutating func peek() throws(DataError) -> UInt8? {
    if next == chunk.count {
      guard !chunk.isEmpty else { return nil }
      chunk = try reader.read(upTo: ByteReader.chunkBytes)
      next = 0
      if chunk.isEmpty { return nil }
    }
    return chunk[next]
  }
}
