import Kernels

/// One CSV file: the numbers of its inputs and targets in row order, or the text of its labels.
struct CSVTable {
  /// Which column is what.
  let columns: CSVColumns
  /// What the inputs need of a float, known when all rows are read.
  private(set) var inputSurvey: ColumnSurvey
  /// What the stored inputs stand for; `nil` for the numbers themselves.
  let storedScale: StoredScale?
  /// The labels of a classification; none for a regression.
  private(set) var labels = CSVLabels()

  private let isRegression: Bool
  private var reader: CSVReader
  private var hasRow = false
  private var firstRow: Int?
  private var lastRow = 0
  private var inputs: [Float] = []
  private var values: [Float] = []
  private var valueSurvey: ColumnSurvey

  /// Reads the header, or the first row where there is none.
  ///
  /// - Parameters:
  ///   - training: the columns of the training table, which a test table repeats.
  ///   - scale: what stored inputs shall stand for.
  init(
    path: String, configuration: CSVConfiguration, like training: CSVColumns? = nil, scale: StoredScale? = nil,
    progress: @escaping (LoadingProgress) -> Void
  ) throws(DataError) {
    reader = try CSVReader(path: path, progress: progress)
    isRegression = configuration.regression
    storedScale = scale
    hasRow = try reader.readRow()
    try Self.requireRow(hasRow, path: path)
    columns = try CSVColumns(firstRow: reader.row, path: path, configuration: configuration)
    if let training { try columns.requireSame(as: training, path: path) }
    inputSurvey = ColumnSurvey(columns: columns.inputs.count)
    valueSurvey = ColumnSurvey(columns: columns.labels.count)
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
      if firstRow == nil { firstRow = row.number }
      lastRow = row.number
      try appendInputs()
      if isRegression {
        try appendValues()
      } else {
        try labels.append(reader.row, column: columns.labels[0], columns, path: path)
      }
      hasRow = try reader.readRow()
    }
  }

  private mutating func appendInputs() throws(DataError) {
    for (index, column) in columns.inputs.enumerated() {
      let number = try number(column)
      inputSurvey.add(number, column: index)
      let stored = storedScale?.stored(number, column: index) ?? Float(number)
      guard stored.isFinite else {
        throw refusal(of: column, allowed: "a number in the range of the training table's")
      }
      inputs.append(stored)
    }
  }

  private mutating func appendValues() throws(DataError) {
    for (index, column) in columns.labels.enumerated() {
      let number = try number(column)
      valueSurvey.add(number, column: index)
      values.append(Float(number))
    }
  }

  private func number(_ column: Int) throws(DataError) -> Double {
    if let number = reader.row.number(column), Float(number).isFinite { return number }
    throw refusal(of: column, allowed: "a number")
  }

  private func refusal(of column: Int, allowed: String) -> DataError {
    let found = reader.row.isEmpty(column) ? "an empty cell" : "\"\(reader.row.text(column))\""
    return DataError(
      file: reader.path, found: "\(found) in row \(reader.row.number), column \(columns.name(column))",
      allowed: allowed, remedy: "fill in a number, or remove the row or the column")
  }

  /// The table with its target values.
  func regression() -> Dataset {
    var dataset = dataset(targets: .values(Buffer(values), width: columns.labels.count), classNames: nil)
    dataset.origin.notes += valueSurvey.lostDigits(
      { "\(path): target column \(columns.name(columns.labels[$0]))" }, remedy: "subtract a constant from these targets"
    )
    return dataset
  }

  /// The table with the class of each row; a label that is none of the classes is refused by its row.
  func classification(_ classes: CSVClasses) throws(DataError) -> Dataset {
    let targets = Buffer(try labels.numbers(classes, path: path))
    return dataset(targets: .classes(targets, count: classes.names.count), classNames: classes.names)
  }

  /// The file, for error messages.
  var path: String { reader.path }

  private func dataset(targets: Dataset.Targets, classNames: [String]?) -> Dataset {
    var dataset = Dataset(
      name: "csv", shape: .features(columns.inputs.count), samples: .floats(Buffer(inputs)), targets: targets,
      classNames: classNames, storedScale: storedScale)
    dataset.origin = DataOrigin(file: path)
    if columns.hasHeader { dataset.origin.columnNames = columns.inputs.map { columns.names[$0] } }
    // Blank rows are counted, as a spreadsheet counts them, but are no samples.
    if let firstRow, lastRow - firstRow + 1 == dataset.count { dataset.origin.firstRow = firstRow }
    return dataset
  }
}
