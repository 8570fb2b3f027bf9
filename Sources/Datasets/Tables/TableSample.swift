/// The first rows of a table, and what they show of its form.
struct TableSample {
  /// How the table is divided into cells.
  private(set) var dialect = CSVDialect()
  /// Bytes before the first row: comments, `sep=;`.
  private(set) var preambleBytes = 0
  /// Lines before the first row.
  private(set) var preambleLines = 0
  /// Whether the first row is the last of the comments, without its `#`.
  private(set) var isHeaderComment = false
  /// The cells' texts of the first rows that are not blank; the last row is whole.
  private(set) var rows: [[[UInt8]]] = []
  /// The line ends that were found.
  private(set) var endsWithCarriageReturns = false
  /// Whether the separator was named or found, rather than taken for want of another.
  private(set) var hasSeparator = false
  /// A character that seems to stand between cells, though no table is read that way; looked for where none was found.
  private(set) var strangeSeparator: Character?

  private static let mostRows = 1000

  /// Looks at the beginning of a text.
  ///
  /// - Parameters:
  ///   - bytes: the first bytes.
  ///   - isAtEnd: whether nothing follows them.
  init(_ bytes: [UInt8], isAtEnd: Bool, path: String, configuration: CSVConfiguration) throws(DataError) {
    let (named, lastComment) = readPreamble(bytes)
    let text = Array(bytes[preambleBytes...])
    endsWithCarriageReturns = text.contains(UInt8(ascii: "\r")) && !text.contains(UInt8(ascii: "\n"))
    if let separator = configuration.separator ?? named {
      dialect.separator = separator
      hasSeparator = true
    } else if let found = Self.separator(of: text, isAtEnd: isAtEnd, path: path, labels: configuration.labels) {
      dialect.separator = found
      hasSeparator = true
    }
    rows = try Self.rows(text, isAtEnd: isAtEnd, separator: dialect.separator, path: path, most: Self.mostRows)
    if !hasSeparator { strangeSeparator = Self.strangeSeparator(rows) }
    dialect.point = configuration.decimal ?? Self.point(of: rows, separator: dialect.separator)
    if let lastComment { try takeHeader(lastComment, bytes, path) }
  }

  // MARK: Before the first row

  /// Passes over comments and Excel's `sep=;`; gives the separator of that, and where the text of the last comment begins.
  private mutating func readPreamble(_ bytes: [UInt8]) -> (CSVDialect.Separator?, lastComment: Range<Int>?) {
    var separator: CSVDialect.Separator?
    var lastComment: Range<Int>?
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") } ?? bytes.count
      let line = bytes[start..<end]
      if line.starts(with: Array("sep=".utf8)), line.count == 5, separator == nil {
        separator = CSVDialect.Separator.allCases.first { $0.byte == line.last }
      } else if line.first == UInt8(ascii: "#") {
        lastComment = start..<end
      } else if line.contains(where: { $0 != UInt8(ascii: " ") }) {
        break
      }
      guard end < bytes.count else { break }
      let isPair = bytes[end] == UInt8(ascii: "\r") && end + 1 < bytes.count && bytes[end + 1] == UInt8(ascii: "\n")
      start = end + (isPair ? 2 : 1)
      preambleLines += 1
    }
    preambleBytes = min(start, bytes.count)
    return (separator, lastComment)
  }

  /// NumPy writes the header as a comment: it has as many cells as a row, and no numbers where the row has some.
  private mutating func takeHeader(_ comment: Range<Int>, _ bytes: [UInt8], _ path: String) throws(DataError) {
    var range = comment
    while let first = range.first, bytes[first] == UInt8(ascii: "#") || bytes[first] == UInt8(ascii: " ") {
      range = first + 1..<range.upperBound
    }
    let header = try Self.rows(
      Array(bytes[range]), isAtEnd: true, separator: dialect.separator, path: path, most: 1)
    guard let names = header.first, let first = rows.first, names.count == first.count, names.count > 1 else { return }
    guard !names.contains(where: isNumber), first.contains(where: isNumber) else { return }
    isHeaderComment = true
    rows.insert(names, at: 0)
    preambleBytes = range.lowerBound
    preambleLines -= 1
  }

  func isNumber(_ text: [UInt8]) -> Bool { parseNumber(text, point: dialect.point.byte) != nil }

  // MARK: Rows

  /// The texts of whole rows that are not blank; nothing where quotes do not fit, if `tries`.
  private static func rows(
    _ bytes: [UInt8], isAtEnd: Bool, separator: CSVDialect.Separator, path: String, most: Int
  ) throws(DataError) -> [[[UInt8]]] {
    let scanner = CSVScanner(separator: separator, path: path)
    var rows: [[[UInt8]]] = []
    var position = 0
    var number = 0
    var cells: [CSVScanner.Cell] = []
    while position < bytes.count, rows.count < most {
      number += 1
      cells.removeAll(keepingCapacity: true)
      guard
        case .row(let end) = try scanner.scan(bytes, from: position, isAtEnd: isAtEnd, number: number, into: &cells)
      else { break }
      position = end
      if cells.allSatisfy({ $0.isEmpty && !$0.isQuoted }) { continue }
      rows.append(
        cells.map { cell in
          let slice = bytes[Int(cell.start)..<Int(cell.end)]
          return cell.hasDoubledQuotes ? CSVBlock.unescaped(slice) : Array(slice)
        })
    }
    return rows
  }

  // MARK: The separator

  /// The separator that divides most rows into the same number of cells, at least two; of several, the one whose cells are
  /// numbers most often.
  private static func separator(
    of text: [UInt8], isAtEnd: Bool, path: String, labels: [CSVColumn]
  ) -> CSVDialect.Separator? {
    var best: (separator: CSVDialect.Separator, score: [Double])?
    let names: [[UInt8]] = labels.compactMap { if case .name(let name) = $0 { Array(name.utf8) } else { nil } }
    for separator in CSVDialect.Separator.allCases {
      // Quotes that do not fit this separator may fit another.
      guard let rows = try? rows(text, isAtEnd: isAtEnd, separator: separator, path: path, most: 100), !rows.isEmpty
      else { continue }
      let counts = Dictionary(rows.map { ($0.count, 1) }, uniquingKeysWith: +)
      let usual = counts.max { ($0.value, $0.key) < ($1.value, $1.key) }!
      guard usual.key >= 2 else { continue }
      let share = Double(usual.value) / Double(rows.count)
      let cells = rows.filter { $0.count == usual.key }.flatMap(\.self).filter { !$0.isEmpty }
      let numbers = cells.count { cell in
        parseNumber(cell) != nil || separator != .comma && isCommaNumber(cell)
      }
      let hasLabels = !names.isEmpty && names.allSatisfy { rows[0].contains($0) }
      // Blanks pass over empty cells, and then the header has more cells than the rows.
      let isWhole = share >= 0.8 && rows[0].count == usual.key
      let score = [
        hasLabels ? 1 : 0, isWhole ? 1 : 0, (Double(numbers) / Double(max(1, cells.count)) * 100).rounded(), share,
      ]
      if best == nil || best!.score.lexicographicallyPrecedes(score) { best = (separator, score) }
    }
    return best?.separator
  }

  /// A sign that every row has, and equally often.
  private static func strangeSeparator(_ rows: [[[UInt8]]]) -> Character? {
    let lines = rows.map { String(decoding: Array($0.joined(separator: [UInt8(ascii: ",")])), as: UTF8.self) }
    return ":^~/*&!@#¦·\u{1}\u{1F}".first { sign in
      let counts = Set(lines.map { line in line.count { $0 == sign } })
      return counts.count == 1 && counts.first != 0
    }
  }

  /// A decimal number with a comma and digits on both sides.
  private static func isCommaNumber(_ cell: [UInt8]) -> Bool {
    guard let comma = cell.firstIndex(of: UInt8(ascii: ",")), comma > 0, comma + 1 < cell.count else { return false }
    return parseNumber(cell, point: UInt8(ascii: ",")) != nil && cell[comma + 1] >= UInt8(ascii: "0")
      && cell[comma - 1] >= UInt8(ascii: "0")
  }

  /// The decimal point of most numbers that have one. Between commas, `"1,234"` may be a thousand: a comma counts only
  /// where some number has other than three digits behind it, and none a point.
  private static func point(of rows: [[[UInt8]]], separator: CSVDialect.Separator) -> CSVDialect.Point {
    var (points, commas) = (0, 0)
    var isPlain = false
    for cell in rows.joined() {
      if isCommaNumber(cell) {
        commas += 1
        if cell.count - cell.firstIndex(of: UInt8(ascii: ","))! != 4 { isPlain = true }
      } else if cell.contains(UInt8(ascii: ".")), parseNumber(cell) != nil {
        points += 1
      }
    }
    if separator == .comma, points > 0 || !isPlain { return .point }
    return commas > points ? .comma : .point
  }
}
