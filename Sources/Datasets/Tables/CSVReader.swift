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

/// One row of a CSV file. Its storage is used again for the next one.
struct CSVRow {
  /// From 1, blank rows and the header included, as a spreadsheet counts.
  private(set) var number = 0
  fileprivate(set) var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var quoted: [Bool] = []

  /// Number of cells.
  var count: Int { ends.count }

  /// Whether nothing stands in the row.
  fileprivate var isBlank: Bool { bytes.isEmpty && count == 1 && !quoted[0] }

  fileprivate mutating func begin() {
    number += 1
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    quoted.removeAll(keepingCapacity: true)
  }

  fileprivate mutating func endCell(isQuoted: Bool) {
    // The end of a CRLF line belongs to no cell; other space around a plain cell says nothing either.
    let start = ends.last ?? 0
    while !isQuoted, bytes.count > start, isSpace(bytes[bytes.count - 1]) { bytes.removeLast() }
    ends.append(bytes.count)
    quoted.append(isQuoted)
  }

  /// Where the cell's bytes are; without the space before a plain one.
  private func range(_ cell: Int) -> Range<Int> {
    var start = cell == 0 ? 0 : ends[cell - 1]
    while !quoted[cell], start < ends[cell], isSpace(bytes[start]) { start += 1 }
    return start..<ends[cell]
  }

  private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  /// The cell's text.
  func text(_ cell: Int) -> String { String(decoding: bytes[range(cell)], as: UTF8.self) }

  /// The cell's bytes.
  func cellBytes(_ cell: Int) -> [UInt8] { Array(bytes[range(cell)]) }

  /// The cell's text, where it names something: bytes that are no UTF-8 are refused, since what replaces them would
  /// make different names one.
  func validText(_ cell: Int, path: String, part: String) throws(DataError) -> String {
    if let text = String(validating: bytes[range(cell)], as: UTF8.self) { return text }
    throw DataError(
      file: path, found: "\(part) that is no UTF-8 in row \(number), column \(cell) (from 0): \"\(text(cell))\"",
      allowed: "text in UTF-8", remedy: "save the table as UTF-8 (it is in another encoding, such as Latin-1 or CP1251)"
    )
  }

  /// Whether nothing stands in the cell.
  func isEmpty(_ cell: Int) -> Bool { range(cell).isEmpty }

  /// The cell as a finite number, `nil` if it is none.
  func number(_ cell: Int) -> Double? { parseNumber(bytes, range(cell)) }
}
