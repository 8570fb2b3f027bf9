import Configuration
import Kernels

/// A training and a test table in CSV: columns of numbers, and a label or target values.
enum CSVTables {
  /// Both splits. Classes and columns are the training table's; the test table must fit them.
  static func load(
    train: String, test: String, configuration: CSVConfiguration, progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) -> (Dataset, Dataset) {
    var training = try CSVTable(path: train, configuration: configuration, progress: progress)
    try training.readRows()
    var testing = try CSVTable(path: test, configuration: configuration, like: training.columns, progress: progress)
    try testing.readRows()
    guard !configuration.regression else { return (training.regression(), testing.regression()) }
    let classes = try CSVClasses(of: training)
    return (try training.classification(classes), try testing.classification(classes))
  }
}

/// One CSV file: the numbers of its inputs and targets in row order, or the text of its labels.
struct CSVTable {
  /// Which column is what.
  let columns: CSVColumns
  private let isRegression: Bool
  private var reader: CSVReader
  private var hasRow = false
  private var inputs: [Float] = []
  private var values: [Float] = []
  /// Every text that occurs as a label, in the order of first occurrence, with the row of that.
  private(set) var labelTexts: [(text: String, row: Int)] = []
  private var indexOfText: [String: Int32] = [:]
  private var labels: [Int32] = []

  /// Reads the header, or the first row where there is none.
  ///
  /// - Parameter training: the columns of the training table, which a test table repeats.
  init(
    path: String, configuration: CSVConfiguration, like training: CSVColumns? = nil,
    progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) {
    reader = try CSVReader(path: path, progress: progress)
    isRegression = configuration.regression
    hasRow = try reader.readRow()
    try Self.requireRow(hasRow, path: path)
    columns = try CSVColumns(firstRow: reader.row, path: path, configuration: configuration)
    if let training { try columns.requireSame(as: training, path: path) }
    if columns.hasHeader { hasRow = try reader.readRow() }
    try Self.requireRow(hasRow, path: path)
  }

  private static func requireRow(_ hasRow: Bool, path: String) throws(DataError) {
    guard !hasRow else { return }
    throw DataError(
      file: path, found: "no rows of data", allowed: "at least one row, under the header if there is one",
      remedy: "add rows")
  }

  /// Reads all rows.
  mutating func readRows() throws(DataError) {
    while hasRow {
      let row = reader.row
      guard row.count == columns.count else {
        throw DataError(
          file: reader.path, found: "\(row.count) cell\(row.count == 1 ? "" : "s") in row \(row.number)",
          allowed: "\(columns.count), as in the first row", remedy: "check the commas and quotes of that row")
      }
      for column in columns.inputs { inputs.append(try number(column)) }
      if isRegression {
        for column in columns.labels { values.append(try number(column)) }
      } else {
        try appendLabel(columns.labels[0])
      }
      hasRow = try reader.readRow()
    }
  }

  private func number(_ column: Int) throws(DataError) -> Float {
    if let number = reader.row.number(column), Float(number).isFinite { return Float(number) }
    let found = reader.row.isEmpty(column) ? "an empty cell" : "\"\(reader.row.text(column))\""
    throw DataError(
      file: reader.path, found: "\(found) in row \(reader.row.number), column \(columns.name(column))",
      allowed: "a number", remedy: "fill in a number, or remove the row or the column")
  }

  private mutating func appendLabel(_ column: Int) throws(DataError) {
    let row = reader.row
    guard !row.isEmpty(column) else {
      throw DataError(
        file: reader.path, found: "an empty label in row \(row.number), column \(columns.name(column))",
        allowed: "the name or number of a class", remedy: "fill in the class, or remove the row")
    }
    let text = row.text(column)
    if let index = indexOfText[text] {
      labels.append(index)
    } else {
      let index = Int32(labelTexts.count)
      labelTexts.append((text, row.number))
      indexOfText[text] = index
      labels.append(index)
    }
  }

  /// The table with its target values.
  func regression() -> Dataset {
    dataset(targets: .values(Buffer(values), width: columns.labels.count), classNames: nil)
  }

  /// The table with the class of each row; a label that is none of the classes is refused by its row.
  func classification(_ classes: CSVClasses) throws(DataError) -> Dataset {
    var classOfText: [Int32] = []
    for (text, row) in labelTexts {
      guard let number = classes.number(of: text) else {
        throw DataError(
          file: reader.path, found: "the class \"\(text)\" in row \(row), which does not occur in training",
          allowed: classes.listing, remedy: "correct the label, or add rows of that class to the training table")
      }
      classOfText.append(number)
    }
    let targets = Buffer(labels.map { classOfText[Int($0)] })
    return dataset(targets: .classes(targets, count: classes.names.count), classNames: classes.names)
  }

  /// The file, for error messages.
  var path: String { reader.path }

  private func dataset(targets: Dataset.Targets, classNames: [String]?) -> Dataset {
    Dataset(
      name: "csv", shape: .features(columns.inputs.count), samples: .floats(Buffer(inputs)), targets: targets,
      classNames: classNames)
  }
}
