/// Where another table has the columns of a training table.
struct TableMatch {
  let header: TableHeader
  /// For each column of the form, its place in the other table's rows.
  let positions: [Int]
  /// The label columns; `nil` where the table has none.
  let labels: [Int]?
  /// What a user should know, in words.
  private(set) var notes: [String] = []

  /// Finds the columns by name where both tables name them, else by their places.
  ///
  /// - Parameter needsLabels: whether the labels must be there.
  /// - Throws: ``DataError`` that names the columns that are missing.
  init(
    _ form: TableForm, _ sample: TableSample, path: String, isPresent: Bool?, needsLabels: Bool
  ) throws(DataError) {
    let missing = MissingWords(form.missingWords ?? MissingWords.usual)
    let first = Set(sample.rows.first ?? [])
    let found = (form.columns.map(\.name) + form.labels).filter { first.contains(Array($0.utf8)) }
    // Names that are numbers may stand in a row of data too.
    let hasNames =
      form.hasHeader && (found.contains { parseNumber(Array($0.utf8)) == nil } || found.count >= form.columns.count)
    let header = try TableHeader(sample, path: path, isPresent: hasNames ? true : isPresent, missing: missing)
    if form.hasHeader, header.isPresent {
      (positions, labels) = try Self.byName(form, header, path, needsLabels: needsLabels)
    } else {
      if form.hasHeader, !needsLabels {
        throw DataError(
          file: path, found: "no header", allowed: "names of the columns in the first row, as in the training table",
          remedy:
            "write \(form.columns.prefix(8).map(\.name).joined(separator: ","))\(form.columns.count > 8 ? ",…" : "") above the rows"
        )
      }
      (positions, labels) = try Self.byPlace(form, header, path, needsLabels: needsLabels)
      if form.hasHeader {
        notes.append("\(path): no header; its columns are taken for those of the training table, in the same order")
      }
    }
    self.header = header.with(labels: labels ?? [])
  }

  private static func byName(
    _ form: TableForm, _ header: TableHeader, _ path: String, needsLabels: Bool
  ) throws(DataError) -> ([Int], [Int]?) {
    let places = Dictionary(header.names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let labels = form.labels.compactMap { places[$0] }
    let wanted = form.columns.map(\.name) + (needsLabels ? form.labels : [])
    let absent = wanted.filter { places[$0] == nil }.map { "\"\($0)\"" }
    guard absent.isEmpty else {
      throw DataError(
        file: path,
        found:
          "no column \(absent.prefix(6).joined(separator: ", "))\(absent.count > 6 ? ", … (\(absent.count))" : "") among "
          + header.names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (header.count > 12 ? ", …" : ""),
        allowed: "the columns of the training table, in any order",
        remedy: "add them, or correct their names in the first row")
    }
    return (form.columns.map { places[$0.name]! }, labels.count == form.labels.count ? labels : nil)
  }

  private static func byPlace(
    _ form: TableForm, _ header: TableHeader, _ path: String, needsLabels: Bool
  ) throws(DataError) -> ([Int], [Int]?) {
    let positions = form.columns.map(\.position)
    if header.count == form.columnCount { return (positions, form.labelPositions) }
    if !needsLabels, header.count == form.columnCount - form.labelPositions.count {
      // The label columns are left out: those behind them move up.
      return (positions.map { place in place - form.labelPositions.count { $0 < place } }, nil)
    }
    throw DataError(
      file: path, found: "\(header.count) columns",
      allowed: "\(form.columnCount), as in the training table" + (needsLabels ? "" : ", or as many without the label"),
      remedy: "write both tables with the same columns")
  }

  /// What is read of each column of the form.
  static func reading(_ kind: TableForm.Kind) -> CellReading {
    switch kind {
    case .number: .number
    case .date(let format, let inDays): .date(format, inDays: inDays)
    case .oneHot, .ordinal: .text
    }
  }
}
