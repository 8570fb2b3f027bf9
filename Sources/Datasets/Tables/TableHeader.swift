import Keys
/// The columns of a table: their number and names, and which of them hold labels.
struct TableHeader {
  /// Number of columns.
  private(set) var count: Int
  /// Number of cells that a row must have: up to the last column that has a name.
  private(set) var requiredCount: Int
  /// Whether the first row names the columns.
  let isPresent: Bool
  /// A name for each column: that of the header, made different from those before it, or its number from 0.
  private(set) var names: [String]
  /// Columns of the labels or targets, in the config's order.
  private(set) var labels: [Int] = []
  /// What a user should know of the header.
  private(set) var notes: [String] = []
  private let path: String

  /// Reads the first rows of a table, and finds the label columns.
  init(_ sample: TableSample, path: String, configuration: CSVConfiguration) throws(DataError) {
    let names = configuration.labels.compactMap { if case .name(let name) = $0 { name } else { nil } }
    guard names.isEmpty || configuration.header != false else {
      throw DataError(
        file: path, found: "a label column by name, in a table without a header", allowed: "a column number",
        remedy: "give the number of the column (from 0; -1 is the last), or let the header be read")
    }
    try self.init(
      sample, path: path, isPresent: names.isEmpty ? configuration.header : true, missing: configuration.missingMatcher)
    try findLabels(configuration, sample)
  }

  /// Reads the first rows of a table.
  ///
  /// - Parameter isPresent: whether the first row names the columns; `nil` looks at it.
  init(_ sample: TableSample, path: String, isPresent: Bool?, missing: MissingWords) throws(DataError) {
    self.path = path
    guard let first = sample.rows.first else { throw Self.noRows(path) }
    let evidence = HeaderEvidence(sample, missing: missing)
    self.isPresent = isPresent ?? (sample.isHeaderComment || evidence.isHeader)
    guard sample.rows.count > (self.isPresent ? 1 : 0) else { throw Self.noRows(path) }
    var header = first
    let below = self.isPresent ? Array(sample.rows.dropFirst()) : sample.rows
    // R writes names of rows, and none for their column.
    if self.isPresent, evidence.isShort { header.insert([], at: 0) }
    // What a separator at the end of lines makes.
    var last = header.count
    while last > 1, !self.isPresent || header[last - 1].isEmpty,
      below.allSatisfy({ $0.count < last || $0[last - 1].isEmpty })
    {
      last -= 1
    }
    header.removeLast(header.count - last)
    count = last
    requiredCount = last
    names = []
    guard self.isPresent else {
      names = (0..<count).map(String.init)
      return
    }
    while requiredCount > 1, header[requiredCount - 1].isEmpty { requiredCount -= 1 }
    try nameColumns(header)
    if isPresent == nil, evidence.isCount {
      notes.append(
        "\(path): the first row (0, 1, 2, …) is taken for names of columns; \"header\": false would take it for data")
    }
  }

  /// The table with these label columns.
  func with(labels: [Int]) -> TableHeader {
    var header = self
    header.labels = labels
    return header
  }

  static func noRows(_ path: String) -> DataError {
    DataError(
      file: path, found: "no rows of data", allowed: "at least one row, under the header if there is one",
      remedy: "add rows")
  }

  // MARK: Names

  private mutating func nameColumns(_ header: [[UInt8]]) throws(DataError) {
    var repeated: [String] = []
    var used: Set<String> = []
    for column in 0..<count {
      var name = try DataError.validText(
        header[column], path: path, part: "a column name", place: "row 1, column \(column) (from 0)")
      if used.contains(name) {
        if !name.isEmpty { repeated.append("\"\(name)\"") }
        // As pandas calls them.
        var copy = 1
        let base = name.isEmpty ? "Unnamed: \(column)" : name
        name = name.isEmpty ? base : "\(base).1"
        while used.contains(name) {
          copy += 1
          name = "\(base).\(copy)"
        }
      }
      used.insert(name)
      names.append(name)
    }
    duplicates = Set(repeated)
    guard !repeated.isEmpty else { return }
    notes.append(
      "\(path): several columns are called \(Set(repeated).sorted().prefix(3).joined(separator: ", ")); the further ones "
        + "get .1, .2, … after their name")
  }

  private var duplicates: Set<String> = []

  /// The column for a message: its number from 0, and its name where there is one.
  func description(_ column: Int) -> String { isPresent ? "\(column) (\"\(names[column])\")" : "\(column) (from 0)" }

  // MARK: Labels

  private mutating func findLabels(_ configuration: CSVConfiguration, _ sample: TableSample) throws(DataError) {
    for column in configuration.labels { labels.append(try resolve(column, sample)) }
    guard Set(labels).count == labels.count, !labels.isEmpty, configuration.regression != false || labels.count == 1
    else {
      throw DataError(
        file: path, found: "\(labels.count) label columns",
        allowed: configuration.regression != false
          ? "one or more different columns" : "one label column, or several for a regression",
        remedy: "correct the label columns in the config")
    }
    guard count > labels.count else {
      throw DataError(
        file: path, found: "no column besides the label" + Self.cause(sample),
        allowed: "cells between separators, at least one of them an input",
        remedy: "add the columns of the inputs" + (sample.hasSeparator ? "" : ", or name data.separator"))
    }
  }

  /// Why a table may have one column: no separator was found.
  private static func cause(_ sample: TableSample) -> String {
    if sample.hasSeparator { return "" }
    if let sign = sample.strangeSeparator {
      return
        "; cells seem to be separated by \"\(sign)\", and only commas, semicolons, tabs, vertical bars and blanks are read"
    }
    return "; neither commas nor semicolons, tabs, vertical bars or blanks divide the rows into equally many cells"
  }

  private func resolve(_ column: CSVColumn, _ sample: TableSample) throws(DataError) -> Int {
    switch column {
    case .index(let index):
      let position = index < 0 ? count + index : index
      guard position >= 0, position < count else {
        throw DataError(
          file: path, found: "no column \(index); there are \(count)", allowed: "0 to \(count - 1), or -1 to -\(count)",
          remedy: "correct the label column in the config")
      }
      return position
    case .name(let name):
      let isRepeated = duplicates.contains("\"\(name)\"")
      guard let position = names.firstIndex(of: name), !isRepeated else {
        let listed = names.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (count > 12 ? ", …" : "")
        let nearest = isRepeated ? nil : NearestName.among(names, to: name)
        throw DataError(
          file: path, found: isRepeated ? "several columns \"\(name)\"" : "no column \"\(name)\"" + Self.cause(sample),
          allowed: "one of \(listed)",
          remedy:
            "correct the label column in the config\(nearest.map { " (\"\($0)\"?)" } ?? ""), or give its number from 0")
      }
      return position
    }
  }
}
