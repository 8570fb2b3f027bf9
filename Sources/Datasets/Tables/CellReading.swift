/// What a column's cells are taken for while they are read.
enum CellReading: Sendable, Equatable {
  case number
  case date(CellDate.Format, inDays: Bool)
  case text

  /// The number that a cell says; `nil` where it says none. Text has no number.
  @inline(__always)
  func number(_ block: CSVBlock, _ row: Int, _ column: Int, point: UInt8) -> Double? {
    switch self {
    case .number:
      guard let number = parseNumber(block.bytes, block.range(row, column), point: point) else { return nil }
      // What no float holds is no number of a table either.
      return number.magnitude <= Double(Float.greatestFiniteMagnitude) ? number : nil
    case .date(let format, let inDays):
      guard let date = CellDate.seconds(block.slice(row, column), format) else { return nil }
      return inDays ? date.seconds / 86_400 : date.seconds
    case .text: return nil
    }
  }

  /// For messages: what a cell must hold.
  var allowed: String {
    switch self {
    case .number: "a number"
    case .date(let format, _): "a date written \(format.rawValue)"
    case .text: "text"
    }
  }
}

/// Different texts of a column, and in which row each came first.
struct CellTexts: Sendable {
  /// In the order of first occurrence.
  private(set) var texts: [[UInt8]] = []
  /// The row of each in its file.
  private(set) var rows: [Int] = []
  private var codes: [[UInt8]: Int32] = [:]

  /// Number of different texts.
  var count: Int { texts.count }

  /// The number of a text, new or known.
  mutating func code(_ text: ArraySlice<UInt8>, row: Int) -> Int32 {
    let text = Array(text)
    if let code = codes[text] { return code }
    let code = Int32(texts.count)
    codes[text] = code
    texts.append(text)
    rows.append(row)
    return code
  }
}

/// The cells of a block as numbers, and texts as numbers of their own.
struct ParsedBlock: Sendable {
  /// What was found in one column.
  struct Column: Sendable {
    var numbers = 0
    var missing = 0
    var firstMissing: Int?
    /// Cells that are neither missing nor what the column holds.
    var others = 0
    var firstOther: Int?
    /// Different texts, in the order of first occurrence, with the row within the block; `nil` for numbers.
    var texts: [(text: ArraySlice<UInt8>, row: Int)] = []
  }

  /// [rows, columns]: numbers, or places in `texts`; NaN for missing cells and others.
  let values: [Double]
  let columns: [Column]

  /// Parses columns of a block.
  init(
    _ block: CSVBlock, columns positions: [Int], _ readings: [CellReading], point: UInt8, missing: MissingWords
  ) {
    var values = Array(repeating: Double.nan, count: block.count * positions.count)
    var columns = Array(repeating: Column(), count: positions.count)
    var codes: [[ArraySlice<UInt8>: Int32]] = Array(repeating: [:], count: positions.count)
    var index = 0
    for row in 0..<block.count {
      for place in positions.indices {
        let position = positions[place]
        defer { index += 1 }
        if let number = readings[place].number(block, row, position, point: point) {
          values[index] = number
          columns[place].numbers += 1
          continue
        }
        let text = block.slice(row, position)
        if let code = codes[place][text] {
          values[index] = Double(code)
          columns[place].numbers += 1
        } else if missing.contains(text) {
          columns[place].missing += 1
          if columns[place].firstMissing == nil { columns[place].firstMissing = row }
        } else if readings[place] == .text {
          let code = columns[place].texts.count
          codes[place][text] = Int32(code)
          columns[place].texts.append((text, row))
          values[index] = Double(code)
          columns[place].numbers += 1
        } else {
          columns[place].others += 1
          if columns[place].firstOther == nil { columns[place].firstOther = row }
        }
      }
    }
    self.values = values
    self.columns = columns
  }
}
