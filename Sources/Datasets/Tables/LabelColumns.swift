/// What stands in the label columns of a table: a text a row, or numbers.
struct LabelColumns {
  /// The file, for error messages.
  private let path: String
  private let header: TableHeader
  /// What stands before a number's fraction.
  private let point: UInt8
  /// Whether numbers are predicted; `nil` while that is left to the labels.
  private let regression: Bool?
  /// What stands for a missing label.
  let missing: MissingWords
  /// What cells are taken for from now on.
  private(set) var reading: CellReading
  /// Different labels of a classification.
  private(set) var texts = CellTexts()
  /// The number in `texts` of each row's label, while labels are read as text.
  private(set) var codes: [Int32] = []
  /// [rows, labels], while labels are read as numbers.
  private(set) var numbers: [Double] = []
  /// Rows without a label, which are left out.
  private(set) var droppedCount = 0
  private var firstDropped: Int?

  /// Numbers with more different values than this are no classes, unless the config says so.
  private static let mostUndecided = 1000
  private static let mostClasses = 1 << 20

  /// - Parameter regression: as the config says; `nil` looks at the labels.
  init(_ header: TableHeader, path: String, point: UInt8, regression: Bool?, missing: MissingWords) {
    self.path = path
    self.point = point
    self.header = header
    self.missing = missing
    // Several columns can only be numbers.
    self.regression = header.labels.count > 1 ? true : regression
    reading = self.regression == true ? .number : .text
  }

  /// Number of rows with labels.
  var count: Int { reading == .text ? codes.count : numbers.count / header.labels.count }

  /// Adds the labels of a block; says which of its rows have one.
  mutating func append(_ block: CSVBlock, _ parsed: ParsedBlock) throws(DataError) -> [Bool] {
    let width = header.labels.count
    for (place, column) in parsed.columns.enumerated() {
      if let row = column.firstOther { throw refusal(block, row, header.labels[place]) }
    }
    var keeps = Array(repeating: true, count: block.count)
    for row in 0..<block.count where parsed.values[row * width..<(row + 1) * width].contains(where: \.isNaN) {
      keeps[row] = false
      droppedCount += 1
      if firstDropped == nil { firstDropped = block.numbers[row] }
    }
    if reading == .text {
      let known = parsed.columns[0].texts.map { texts.code($0.text, row: block.numbers[$0.row]) }
      for row in 0..<block.count where keeps[row] { codes.append(known[Int(parsed.values[row])]) }
      guard texts.count <= Self.mostClasses else { throw tooManyClasses }
      if regression == nil, texts.count > Self.mostUndecided { becomeNumbersIfTheyAre() }
    } else {
      for row in 0..<block.count where keeps[row] {
        numbers += parsed.values[row * width..<(row + 1) * width]
      }
    }
    return keeps
  }

  /// Many different labels that are all numbers are read as numbers from now on, without the memory of their texts.
  private mutating func becomeNumbersIfTheyAre() {
    guard let values = textNumbers else { return }
    numbers = codes.map { values[Int($0)] }
    codes = []
    texts = CellTexts()
    reading = .number
  }

  /// The number that each different label is; `nil` where one is none.
  private var textNumbers: [Double]? {
    let values = texts.texts.compactMap { parseNumber($0, point: point) }
    return values.count == texts.count ? values : nil
  }

  // MARK: Classes or numbers

  /// The most different whole numbers that are taken for classes.
  private static let mostWholeClasses = 20

  /// Whether numbers are predicted, and why, once all rows are read.
  ///
  /// Text is classes. So are at most 20 different whole numbers that occur twice on average. Other numbers are predicted.
  func decided() -> (isRegression: Bool, reason: String?) {
    if let regression { return (regression, nil) }
    let column = header.isPresent ? "\"\(header.names[header.labels[0]])\"" : header.description(header.labels[0])
    if reading == .number {
      return (
        true,
        "predicts numbers (a regression), since column \(column) holds more than \(Self.mostUndecided) different ones; "
          + "\"task\": \"classification\" would make them classes"
      )
    }
    guard let values = textNumbers else {
      return (false, "predicts classes, since column \(column) holds text (\(texts.count) different)")
    }
    let different = Set(values)
    let isWhole = values.allSatisfy { $0 == $0.rounded() }
    if isWhole, different.count <= Self.mostWholeClasses, different.count * 2 <= count {
      return (
        false,
        "predicts classes, since column \(column) holds \(different.count) different whole numbers; \"task\": "
          + "\"regression\" would predict the numbers"
      )
    }
    return (
      true,
      "predicts numbers (a regression), since column \(column) holds \(different.count) different "
        + "\(isWhole ? "whole " : "")numbers in \(grouped(count)) rows; \"task\": \"classification\" would make them classes"
    )
  }

  /// All targets, [rows, labels].
  func targets() -> [Double] {
    guard reading == .text, let values = textNumbers else { return numbers }
    return codes.map { values[Int($0)] }
  }

  // MARK: Faults

  /// What a user should know of rows without labels.
  var note: String? {
    guard let firstDropped else { return nil }
    return "\(path): \(grouped(droppedCount)) row\(droppedCount == 1 ? "" : "s") without a label "
      + "\(droppedCount == 1 ? "is" : "are") left out, the first row \(firstDropped); \"missingWords\" says which words mean that"
  }

  var noLabels: DataError {
    DataError(
      file: path, found: "no row with a label in column \(header.description(header.labels[0]))",
      allowed: "rows with a label", remedy: "check the label column in the config")
  }

  private var tooManyClasses: DataError {
    DataError(
      file: path, found: "more than \(grouped(Self.mostClasses)) different labels",
      allowed: "at most so many classes", remedy: "set \"task\": \"regression\" if the labels are numbers to predict")
  }

  private func refusal(_ block: CSVBlock, _ row: Int, _ column: Int) -> DataError {
    let text = block.shortText(row, column)
    let fault = NumberFault(text).map { ": \($0.found)" } ?? ""
    return DataError(
      file: path,
      found: "\"\(text)\" in row \(block.numbers[row]), column \(header.description(column))\(fault)",
      allowed: "a number to predict", remedy: "correct the number, or remove the row")
  }
}
