import Kernels
import Synchronization

/// Reads the rows of a table to predict from, a few at a time: columns are matched by name, in any order; others are passed
/// over, and the label, where it is there, is the answer.
struct TableInputReader: InputReader {
  private var reader: CSVReader
  private let rows: TableRows

  init(_ location: InputLocation, _ form: TableForm, _ preprocessing: Preprocessing) throws(DataError) {
    let configuration = CSVConfiguration(labels: [.index(-1)])
    switch location {
    case .path(let path): reader = try CSVReader(path: expanded(path), configuration: configuration)
    case .standardInput: reader = try CSVReader(.standardInput(), configuration: configuration)
    }
    try form.requireSound(preprocessing, path: reader.path)
    let match = try TableMatch(form, reader.sample, path: reader.path, isPresent: nil, needsLabels: false)
    try reader.begin(match.header)
    rows = TableRows(form, match, preprocessing, point: reader.sample.dialect.point.byte)
  }

  mutating func read(atMost count: Int) throws(DataError) -> (any InputBatch)? {
    try reader.read(atMost: count).map { TableBatch(block: $0, rows: rows) }
  }

  var notes: [String] {
    let count = rows.unknown.withLock { $0 }
    guard count > 0 else { return [] }
    return [
      "\(reader.path): \(grouped(count)) cell\(count == 1 ? "" : "s") of text that no training row has: all zeros, or the mean of an order"
    ]
  }
}

/// What turns the cells of a row into inputs and answers.
final class TableRows: Sendable {
  let form: TableForm
  let header: TableHeader
  /// Cells whose texts no training row has.
  let unknown = Mutex(0)
  private let match: TableMatch
  private let readings: [CellReading]
  private let ranks: [[ArraySlice<UInt8>: Int]]
  private let missing: MissingWords
  private let scale: InputScale
  private let point: UInt8
  private let classes: CSVClasses?
  private let targets: TargetScale?

  init(_ form: TableForm, _ match: TableMatch, _ preprocessing: Preprocessing, point: UInt8) {
    self.form = form
    self.match = match
    header = match.header
    self.point = point
    readings = form.columns.map { TableMatch.reading($0.kind) }
    missing = MissingWords(form.missingWords ?? MissingWords.usual)
    scale = preprocessing.scale
    ranks = form.columns.map { column in
      switch column.kind {
      case .number, .date: [:]
      case .oneHot(let texts), .ordinal(let texts):
        Dictionary(texts.enumerated().map { (Array($1.utf8)[...], $0) }, uniquingKeysWith: { first, _ in first })
      }
    }
    switch preprocessing.answers {
    case .classes(let names): (classes, targets) = (CSVClasses(names: names), nil)
    case .values(let scale): (classes, targets) = (nil, scale)
    }
  }

  /// Writes a row's inputs.
  func write(_ block: CSVBlock, _ row: Int, into input: Floats) throws(DataError) {
    var numbers: [Double] = []
    numbers.reserveCapacity(form.width)
    for (index, column) in form.columns.enumerated() {
      let position = match.positions[index]
      var number = readings[index].number(block, row, position, point: point)
      var isMissing = false
      if number == nil {
        let text = block.slice(row, position)
        isMissing = missing.contains(text)
        if isMissing, form.missing != .mean { throw refusal("a missing cell", block, row, index) }
        let rank = isMissing ? nil : ranks[index][text]
        switch column.kind {
        case .number, .date:
          guard isMissing else { throw refusal("\"\(block.shortText(row, position))\"", block, row, index) }
        case .oneHot(let texts):
          if !isMissing, rank == nil { unknown.withLock { $0 += 1 } }
          for text in texts.indices { numbers.append(rank == text ? 1 : 0) }
          if column.marksMissing { numbers.append(isMissing ? 1 : 0) }
          continue
        case .ordinal:
          if !isMissing, rank == nil { unknown.withLock { $0 += 1 } }
          number = rank.map(Double.init)
          isMissing = rank == nil
        }
      }
      numbers.append(number ?? column.fill)
      if column.marksMissing { numbers.append(isMissing ? 1 : 0) }
    }
    scale.write(numbers, into: input)
    guard input.indices.allSatisfy({ abs(input[$0]) <= Float(InputRange.limit) }) else {
      throw DataError(
        file: block.path, found: "a number in row \(block.numbers[row]) that is far outside the training rows' range",
        allowed: "numbers of at most \(InputRange.limit) after normalisation by the training set",
        remedy: "leave cells empty that stand for a missing number")
    }
  }

  private func refusal(_ found: String, _ block: CSVBlock, _ row: Int, _ index: Int) -> DataError {
    let fault = NumberFault(block.text(row, match.positions[index])).map { ": \($0.found)" } ?? ""
    return DataError(
      file: block.path,
      found: "\(found) in row \(block.numbers[row]), column \(header.description(match.positions[index]))\(fault)",
      allowed: readings[index].allowed, remedy: "correct the cell, or remove the row")
  }

  /// What the label columns say is to be predicted.
  func answer(_ block: CSVBlock, _ row: Int) throws(DataError) -> InputAnswer? {
    guard let labels = match.labels else { return nil }
    if labels.contains(where: { missing.contains(block.slice(row, $0)) }) { return nil }
    if let classes {
      let text = Array(block.slice(row, labels[0]))
      guard let number = classes.number(of: text) else {
        throw classes.unknown(text, row: block.numbers[row], path: block.path)
      }
      return .label(Int(number))
    }
    var values: [Double] = []
    for label in labels {
      guard let number = CellReading.number.number(block, row, label, point: point) else {
        throw DataError(
          file: block.path,
          found: "\"\(block.shortText(row, label))\" in row \(block.numbers[row]), column \(header.description(label))",
          allowed: "a number that is to be predicted", remedy: "correct the cell, or leave it empty")
      }
      values.append(number)
    }
    return .values(values)
  }
}

/// Some rows of a table.
struct TableBatch: InputBatch {
  let block: CSVBlock
  let rows: TableRows

  var count: Int { block.count }

  func name(_ index: Int) -> String { String(block.numbers[index]) }

  func write(_ index: Int, into input: Floats) throws(DataError) { try rows.write(block, index, into: input) }

  func answer(_ index: Int) throws(DataError) -> InputAnswer? { try rows.answer(block, index) }
}
