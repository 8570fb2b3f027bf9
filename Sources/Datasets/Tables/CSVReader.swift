/// Reads the rows of a table of text, in blocks, whatever its encoding, separators and line ends.
///
/// Blank rows are passed over, and so are comments: lines at the top that begin with `#`, and further down those that do
/// and have another number of cells than the table.
struct CSVReader {
  /// The file, for error messages.
  let path: String
  /// What the first rows show.
  let sample: TableSample
  /// Comments that were passed over below the first row.
  private(set) var commentCount = 0
  /// Cells of a row; more must be empty.
  private(set) var columns = 0
  /// Cells that a row must have at least; those up to ``columns`` are then empty.
  private var required = 0
  private var text: TextReader
  private let scanner: CSVScanner
  private var pending: [UInt8]
  private var position = 0
  private var isAtEnd = false
  private var number: Int

  /// Text of a block: enough to be worth a worker's while.
  static let blockBytes = 1 << 18
  /// Bytes: twenty for each of the most columns, and as much again. A longer row is a quote that is never closed, no table,
  /// or a small packed file that unpacks to a cell that fills the memory.
  private static let longestRow = 1 << 26

  /// Opens a table and looks at its first rows.
  init(_ reader: ByteReader, configuration: CSVConfiguration) throws(DataError) {
    path = reader.path
    text = try TextReader(reader, encoding: configuration.encoding)
    pending = try text.read()
    // A sample of one row would say nothing of what stands below its header.
    var lines = Self.lineEnds(in: pending)
    while !isAtEnd, lines < 8, pending.count <= Self.longestRow {
      let more = try text.read()
      isAtEnd = more.isEmpty
      lines += Self.lineEnds(in: more)
      pending += more
    }
    if lines < 8, !isAtEnd { throw Self.endless(path, "one of the first rows") }
    sample = try TableSample(pending, isAtEnd: isAtEnd, path: path, configuration: configuration)
    position = sample.preambleBytes
    number = sample.preambleLines
    scanner = CSVScanner(separator: sample.dialect.separator, path: path)
  }

  /// Opens a file.
  init(
    path: String, configuration: CSVConfiguration, progress: @escaping (LoadingProgress) -> Void = { _ in }
  ) throws(DataError) {
    try self.init(ByteReader(path: path, progress: progress), configuration: configuration)
  }

  /// Says how many cells rows have; passes over the header.
  mutating func begin(_ header: TableHeader) throws(DataError) {
    columns = header.count
    required = header.requiredCount
    guard header.isPresent else { return }
    var cells: [CSVScanner.Cell] = []
    _ = try nextRow(&cells)
  }

  /// The encoding, separators and line ends, where they are others than UTF-8, commas and line feeds.
  var note: String? {
    var parts: [String] = []
    if text.encoding != .utf8 { parts.append("\(text.encoding.name) text") }
    if sample.dialect.separator != .comma { parts.append("cells between \(sample.dialect.separator.words)") }
    if sample.dialect.point != .point { parts.append("decimal commas") }
    if sample.endsWithCarriageReturns { parts.append("lines that end with CR") }
    guard !parts.isEmpty else { return nil }
    return "\(path): read as \(parts.joined(separator: ", "))"
  }

  /// The next rows, at most so many; `nil` at the end.
  mutating func read(atMost most: Int = .max) throws(DataError) -> CSVBlock? {
    precondition(columns > 0, "rows before the header")
    var cells: [CSVScanner.Cell] = []
    cells.reserveCapacity(min(most, 4096) * columns)
    var numbers: [Int] = []
    // Rows stand in `pending` from `origin` on until the block is whole.
    pending.removeFirst(position)
    position = 0
    while numbers.count < most, position < Self.blockBytes {
      let first = cells.count
      guard try nextRow(&cells) else { break }
      try fit(&cells, from: first)
      if cells.count > first { numbers.append(number) }
    }
    guard !numbers.isEmpty else { return nil }
    return CSVBlock(path: path, columns: columns, bytes: Array(pending[..<position]), cells: cells, numbers: numbers)
  }

  /// Makes a row that was appended to `cells` have the table's number of cells, or removes it if it is a comment.
  @inline(__always)
  private mutating func fit(_ cells: inout [CSVScanner.Cell], from first: Int) throws(DataError) {
    let count = cells.count - first
    if count == columns { return }
    if count > columns, cells[(first + columns)...].allSatisfy({ $0.isEmpty && !$0.isQuoted }) {
      cells.removeLast(count - columns)
      return
    }
    let start = Int(cells[first].start)
    if !cells[first].isEmpty, !cells[first].isQuoted, pending[start] == UInt8(ascii: "#") {
      commentCount += 1
      cells.removeLast(count)
      return
    }
    guard count >= required, count < columns else {
      throw DataError(
        file: path, found: "\(count) cell\(count == 1 ? "" : "s") in row \(number)",
        allowed: "\(columns), as in the first row",
        remedy: "check the separators (\(scanner.separator.words)) and quotes of that row"
          + (count > columns && scanner.separator == .comma ? "; decimal commas need quotes, or other separators" : ""))
    }
    for _ in count..<columns { cells.append(CSVScanner.Cell(start: Int32(start), end: Int32(start))) }
  }

  /// Appends the cells of the next row that is not blank; false at the end.
  private mutating func nextRow(_ cells: inout [CSVScanner.Cell]) throws(DataError) -> Bool {
    let first = cells.count
    while true {
      guard position < pending.count || !isAtEnd else { return false }
      if position < pending.count,
        case .row(let end) = try scanner.scan(
          pending, from: position, isAtEnd: isAtEnd, number: number + 1, into: &cells)
      {
        number += 1
        position = end
        if cells[first...].contains(where: { !$0.isEmpty || $0.isQuoted }) { return true }
        cells.removeLast(cells.count - first)
        continue
      }
      cells.removeLast(cells.count - first)
      try readMore()
    }
  }

  private static func endless(_ path: String, _ row: String) -> DataError {
    DataError(
      file: path, found: "\(row) has more than \(longestRow >> 20) MiB",
      allowed: "rows of at most \(longestRow >> 20) MiB",
      remedy: "look for a quote in it that is never closed, or for a file that is not a table")
  }

  private static func lineEnds(in bytes: [UInt8]) -> Int { bytes.count { $0 == 10 || $0 == 13 } }

  /// Twice the text behind `position`, so that a long row is scanned a few times, not once a chunk.
  private mutating func readMore() throws(DataError) {
    let wanted = min(pending.count + max(1, pending.count - position), position + Self.longestRow + 1)
    guard pending.count - position <= Self.longestRow else { throw Self.endless(path, "row \(number + 1)") }
    while !isAtEnd, pending.count < wanted {
      let more = try text.read()
      isAtEnd = more.isEmpty
      pending += more
    }
  }
}
