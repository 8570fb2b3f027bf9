/// One row of a CSV file. Its storage is used again for the next one.
struct CSVRow {
  /// From 1, blank rows and the header included, as a spreadsheet counts.
  private(set) var number = 0
  /// The cells' bytes, one cell after another. The reader appends those of the cell that it is in.
  var bytes: [UInt8] = []
  private var ends: [Int] = []
  private var quoted: [Bool] = []

  /// Number of cells.
  var count: Int { ends.count }

  /// Whether nothing stands in the row.
  var isBlank: Bool { bytes.isEmpty && count == 1 && !quoted[0] }

  /// Forgets the row before.
  mutating func begin() {
    number += 1
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    quoted.removeAll(keepingCapacity: true)
  }

  /// Ends the cell whose bytes were appended last.
  mutating func endCell(isQuoted: Bool) {
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
