/// Divides text into rows and cells (RFC 4180, with any separator): cells may stand in quotes, in which a quote is doubled
/// and separators and line breaks may stand. Lines end with LF, CRLF or CR. Blanks around a cell do not count.
struct CSVScanner {
  /// A cell: where its text begins and ends.
  struct Cell {
    var start: Int32
    var end: Int32
    var isQuoted = false
    /// Whether doubled quotes stand in it.
    var hasDoubledQuotes = false

    var isEmpty: Bool { start == end }
  }

  /// What was found at the place of a row.
  enum Result {
    /// A row; the next one begins there.
    case row(end: Int)
    /// The text ends before the row does.
    case incomplete
  }

  let separator: CSVDialect.Separator
  /// The file, for error messages.
  let path: String

  /// Cells of a row. More of them would be commas without end, a small packed file that fills the memory.
  static let mostCells = 1 << 20

  private static let quote = UInt8(ascii: "\"")
  private static let lineFeed = UInt8(ascii: "\n")
  private static let carriageReturn = UInt8(ascii: "\r")
  private static let space = UInt8(ascii: " ")
  private static let tab = UInt8(ascii: "\t")

  /// Scans the row that begins at `start`, which is before the end of `bytes`, and appends its cells to `cells`.
  ///
  /// - Parameters:
  ///   - isAtEnd: whether no text follows `bytes`.
  ///   - number: the row's number, for error messages.
  @inline(__always)
  func scan(
    _ bytes: [UInt8], from start: Int, isAtEnd: Bool, number: Int, into cells: inout [Cell]
  ) throws(DataError) -> Result {
    let first = cells.count
    let end = bytes.count
    let separatorByte = separator.byte
    let isBlanks = separator == .blanks
    var index = start
    while true {
      skipBlanks(bytes, &index, separatorByte, isBlanks)
      if index < end, bytes[index] == Self.quote {
        guard let cell = try quoted(bytes, &index, isAtEnd, number, column: cells.count - first) else {
          return .incomplete
        }
        cells.append(cell)
      } else {
        let begin = index
        while index < end {
          let byte = bytes[index]
          if byte == separatorByte || byte == Self.lineFeed || byte == Self.carriageReturn { break }
          if isBlanks, byte == Self.tab { break }
          index += 1
        }
        let last = endWithoutBlanks(bytes, begin..<index)
        let isTrailing = isBlanks && begin == index && cells.count > first
        if !isTrailing { cells.append(Cell(start: Int32(begin), end: Int32(last))) }
      }
      guard cells.count - first <= Self.mostCells else {
        throw DataError(
          file: path, found: "more than \(grouped(Self.mostCells)) cells in row \(number)",
          allowed: "at most so many", remedy: "check the separators (\(separator.words)) of that row")
      }
      guard index < end else { return isAtEnd ? .row(end: end) : .incomplete }
      let byte = bytes[index]
      index += 1
      if byte == Self.lineFeed { return .row(end: index) }
      if byte == Self.carriageReturn {
        if index == end { return isAtEnd ? .row(end: end) : .incomplete }
        return .row(end: bytes[index] == Self.lineFeed ? index + 1 : index)
      }
    }
  }

  /// Passes the blanks before a cell.
  @inline(__always)
  private func skipBlanks(_ bytes: [UInt8], _ index: inout Int, _ separatorByte: UInt8, _ isBlanks: Bool) {
    while index < bytes.count {
      if isBlank(bytes[index], separatorByte, isBlanks) {
        index += 1
      } else if bytes[index] == 0xC2, index + 1 < bytes.count, bytes[index + 1] == 0xA0 {
        // The blank of web pages and spreadsheets, which breaks no line.
        index += 2
      } else {
        return
      }
    }
  }

  /// Where a cell ends, without the blanks behind it.
  @inline(__always)
  private func endWithoutBlanks(_ bytes: [UInt8], _ cell: Range<Int>) -> Int {
    var last = cell.upperBound
    while last > cell.lowerBound {
      if bytes[last - 1] == Self.space || bytes[last - 1] == Self.tab {
        last -= 1
      } else if bytes[last - 1] == 0xA0, last - 2 >= cell.lowerBound, bytes[last - 2] == 0xC2 {
        last -= 2
      } else {
        break
      }
    }
    return last
  }

  @inline(__always)
  private func isBlank(_ byte: UInt8, _ separatorByte: UInt8, _ isBlanks: Bool) -> Bool {
    byte == Self.space || byte == Self.tab && (isBlanks || separatorByte != Self.tab)
  }

  /// Up to the separator or line break behind the closing quote; `nil` where the text ends before.
  private func quoted(
    _ bytes: [UInt8], _ index: inout Int, _ isAtEnd: Bool, _ number: Int, column: Int
  ) throws(DataError) -> Cell? {
    index += 1
    let begin = index
    var hasDoubledQuotes = false
    while true {
      while index < bytes.count, bytes[index] != Self.quote { index += 1 }
      guard index + 1 < bytes.count || isAtEnd else { return nil }
      guard index < bytes.count else {
        throw DataError(
          file: path, found: "the quote that opens row \(number), column \(column + 1), is never closed",
          allowed: "\" at both ends of a quoted cell, and \"\" for a quote inside", remedy: "close the quote")
      }
      guard index + 1 < bytes.count, bytes[index + 1] == Self.quote else { break }
      hasDoubledQuotes = true
      index += 2
    }
    var (first, last) = (begin, index)
    index += 1
    while index < bytes.count, isBlank(bytes[index], separator.byte, false) { index += 1 }
    guard index < bytes.count || isAtEnd else { return nil }
    if index < bytes.count {
      let byte = bytes[index]
      let isEnd =
        byte == separator.byte || byte == Self.lineFeed || byte == Self.carriageReturn
        || separator == .blanks && bytes[index - 1] != Self.quote
      guard isEnd else {
        throw DataError(
          file: path, found: "text behind the closing quote of row \(number), column \(column + 1)",
          allowed: "a separator (\(separator.words)) or the end of the line",
          remedy: "write a quote inside a quoted cell as \"\"")
      }
      // The loop over cells takes one separator away; of blanks there may be none left.
      if separator == .blanks, byte != Self.lineFeed, byte != Self.carriageReturn { index -= 1 }
    }
    while first < last, bytes[first] == Self.space || bytes[first] == Self.tab { first += 1 }
    while last > first, bytes[last - 1] == Self.space || bytes[last - 1] == Self.tab { last -= 1 }
    return Cell(start: Int32(first), end: Int32(last), isQuoted: true, hasDoubledQuotes: hasDoubledQuotes)
  }
}
