/// Some rows of a table as they are in its file, all of the same number of cells.
struct CSVBlock: Sendable {
  /// The file, for error messages.
  let path: String
  /// Cells of a row.
  let columns: Int
  /// The text.
  let bytes: [UInt8]
  /// [rows, columns].
  let cells: [CSVScanner.Cell]
  /// Where each row stands in its file, from 1, as a spreadsheet counts.
  let numbers: [Int]

  /// Number of rows.
  var count: Int { numbers.count }

  @inline(__always)
  func cell(_ row: Int, _ column: Int) -> CSVScanner.Cell { cells[row * columns + column] }

  /// Where the cell's text is. Doubled quotes stand in it as they do in the file.
  @inline(__always)
  func range(_ row: Int, _ column: Int) -> Range<Int> {
    let cell = cells[row * columns + column]
    return Int(cell.start)..<Int(cell.end)
  }

  /// The cell's bytes, with doubled quotes made single.
  func slice(_ row: Int, _ column: Int) -> ArraySlice<UInt8> {
    let cell = cell(row, column)
    let slice = bytes[Int(cell.start)..<Int(cell.end)]
    return cell.hasDoubledQuotes ? Self.unescaped(slice)[...] : slice
  }

  /// Doubled quotes made single.
  static func unescaped(_ slice: ArraySlice<UInt8>) -> [UInt8] {
    var text: [UInt8] = []
    var isSecond = false
    for byte in slice {
      isSecond = byte == UInt8(ascii: "\"") && !isSecond
      if byte != UInt8(ascii: "\"") || isSecond { text.append(byte) }
    }
    return text
  }

  /// The cell's text; bytes that are no UTF-8 are replaced.
  func text(_ row: Int, _ column: Int) -> String { String(decoding: slice(row, column), as: UTF8.self) }

  /// The cell's text for a message, shortened.
  func shortText(_ row: Int, _ column: Int) -> String {
    let text = text(row, column)
    return text.count > 60 ? "\(text.prefix(57))…" : text
  }
}

extension DataError {
  /// The text of bytes that name something: others than UTF-8 are refused, since what replaces them would make different
  /// names one.
  static func validText(_ bytes: [UInt8], path: String, part: String, place: String) throws(DataError) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    throw noUTF8(bytes, path: path, part: part, place: place)
  }

  /// What to say of a name that is not UTF-8.
  static func noUTF8(_ bytes: [UInt8], path: String, part: String, place: String) -> DataError {
    DataError(
      file: path, found: "\(part) that is not UTF-8 in \(place): \"\(String(decoding: bytes, as: UTF8.self))\"",
      allowed: "text in UTF-8, or in the encoding that data.encoding names",
      remedy: "name the encoding in the config, such as \"encoding\": \"windows-1252\" (Western Europe; windows-1250 "
        + "Central Europe, windows-1251 Cyrillic), or save the table as UTF-8")
  }
}
