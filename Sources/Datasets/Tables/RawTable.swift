import Synchronization

/// A table as it is read: numbers of its inputs, texts by number, and what stands in its label columns.
///
/// Blocks of rows are parsed on many threads and joined in the order of the file. Rows without a label are left out.
struct RawTable {
  /// A column that is read.
  struct Column {
    /// Its place in the file's rows.
    let position: Int
    let name: String
    let reading: CellReading
    var numbers = 0
    var missing = 0
    /// The row in the file.
    var firstMissing: Int?
    var others = 0
    /// The row in the file and the text.
    var firstOther: (row: Int, text: String)?
    var texts = CellTexts()
    /// Whether there are more different texts than are told apart.
    var overflows = false
  }

  /// The file, for error messages.
  let path: String
  let header: TableHeader
  private(set) var columns: [Column]
  private(set) var labels: LabelColumns
  /// [rows, columns]: stored numbers, or places in `texts`; NaN for missing cells.
  private(set) var values: [Float] = []
  /// Where each row stands in its file.
  private(set) var rowNumbers: [Int32] = []
  /// Of all rows.
  private(set) var survey: ColumnSurvey
  /// What stored numbers stand for; `nil` for the numbers themselves.
  let scale: StoredScale?
  /// Comments that were passed over below the first row.
  private(set) var commentCount = 0
  /// The encoding and separators, where they are not the usual ones.
  private(set) var formatNote: String?

  /// Number of rows.
  var count: Int { rowNumbers.count }

  /// More different texts than any column has that becomes inputs.
  static let mostTexts = 1 << 16
  /// Blocks that are parsed at once: the result does not depend on it, memory does.
  private static let blocksAtOnce = 16

  /// What is read of a table.
  struct Plan {
    var columns: [(position: Int, name: String, reading: CellReading)]
    var scale: StoredScale?
    var regression: Bool?
  }

  /// Reads all rows.
  init(
    _ reader: consuming CSVReader, _ header: TableHeader, _ plan: Plan, missing: MissingWords, _ request: LoadingRequest
  ) throws(DataError) {
    path = reader.path
    self.header = header
    scale = plan.scale
    columns = plan.columns.map { Column(position: $0.position, name: $0.name, reading: $0.reading) }
    survey = ColumnSurvey(columns: columns.count)
    let point = reader.sample.dialect.point.byte
    labels = LabelColumns(header, path: reader.path, point: point, regression: plan.regression, missing: missing)
    var reader = reader
    try reader.begin(header)
    while true {
      var blocks: [CSVBlock] = []
      while blocks.count < Self.blocksAtOnce, let block = try reader.read() { blocks.append(block) }
      if blocks.isEmpty { break }
      let parsed = parse(blocks, point: point, missing: missing, request)
      for (block, (inputs, answers)) in zip(blocks, parsed) { try append(block, inputs, answers) }
    }
    commentCount = reader.commentCount
    formatNote = reader.note
    guard count > 0 else {
      throw labels.droppedCount > 0 ? labels.noLabels : TableHeader.noRows(path)
    }
  }

  private func parse(
    _ blocks: [CSVBlock], point: UInt8, missing: MissingWords, _ request: LoadingRequest
  ) -> [(ParsedBlock, ParsedBlock)] {
    let positions = columns.map(\.position)
    let readings = columns.map(\.reading)
    let labelPositions = header.labels
    let labelReadings = labelPositions.map { _ in labels.reading }
    let labelMissing = labels.missing
    let results = Mutex<[(ParsedBlock, ParsedBlock)?]>(Array(repeating: nil, count: blocks.count))
    request.forEach(blocks.count) { index in
      let inputs = ParsedBlock(blocks[index], columns: positions, readings, point: point, missing: missing)
      let answers = ParsedBlock(
        blocks[index], columns: labelPositions, labelReadings, point: point, missing: labelMissing)
      results.withLock { $0[index] = (inputs, answers) }
    }
    return results.withLock { $0.compactMap(\.self) }
  }

  // MARK: Joining

  private mutating func append(
    _ block: CSVBlock, _ parsed: ParsedBlock, _ answers: ParsedBlock
  ) throws(DataError) {
    let keeps = try labels.append(block, answers)
    var codes: [[Float]] = Array(repeating: [], count: columns.count)
    for place in columns.indices { codes[place] = merge(block, parsed.columns[place], place) }
    let isText = columns.map { $0.reading == .text }
    var index = 0
    for row in 0..<block.count {
      let isKept = keeps[row]
      for place in isText.indices {
        let number = parsed.values[index]
        index += 1
        guard isKept else { continue }
        if number.isNaN {
          values.append(.nan)
        } else if isText[place] {
          values.append(codes[place][Int(number)])
        } else {
          survey.add(number, column: place)
          let stored = scale?.stored(number, column: place) ?? Float(number)
          guard stored.isFinite else { throw outOfRange(block, row, place) }
          values.append(stored)
        }
      }
      if isKept { rowNumbers.append(Int32(clamping: block.numbers[row])) }
    }
  }

  /// Adds what was found in one column of a block; gives the table's numbers of the block's texts.
  private mutating func merge(_ block: CSVBlock, _ found: ParsedBlock.Column, _ place: Int) -> [Float] {
    columns[place].numbers += found.numbers
    columns[place].missing += found.missing
    columns[place].others += found.others
    if columns[place].firstMissing == nil, let row = found.firstMissing {
      columns[place].firstMissing = block.numbers[row]
    }
    if columns[place].firstOther == nil, let row = found.firstOther {
      columns[place].firstOther = (block.numbers[row], block.shortText(row, columns[place].position))
    }
    return found.texts.map { text, row in
      guard columns[place].texts.count < Self.mostTexts else {
        columns[place].overflows = true
        return Float(Self.mostTexts)
      }
      return Float(columns[place].texts.code(text, row: block.numbers[row]))
    }
  }

  private func outOfRange(_ block: CSVBlock, _ row: Int, _ place: Int) -> DataError {
    DataError(
      file: path,
      found:
        "\"\(block.shortText(row, columns[place].position))\" in row \(block.numbers[row]), column \(header.description(columns[place].position))",
      allowed: "a number in the range of the training table's",
      remedy: "fill in a number, or remove the row or the column")
  }

  /// The number, in the file's units, that a stored one stands for.
  func number(_ stored: Float, _ place: Int) -> Double { scale?.number(stored, column: place) ?? Double(stored) }

  /// Drops what is known of values; they have become inputs.
  mutating func takeValues() -> [Float] {
    defer { values = [] }
    return values
  }
}
