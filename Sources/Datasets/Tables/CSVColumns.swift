/// The columns of a CSV table: their names, and which of them are inputs and which are labels.
struct CSVColumns {
  /// Number of columns.
  let count: Int
  /// Names from the header; empty without one.
  let names: [String]
  /// Columns of the labels or targets, in the config's order.
  let labels: [Int]
  /// All other columns, in the file's order.
  let inputs: [Int]

  /// Whether the first row names the columns.
  var hasHeader: Bool { !names.isEmpty }

  /// Reads the first row as `configuration` says. Label columns by name need a header, which is then taken for granted.
  init(firstRow row: CSVRow, path: String, configuration: CSVConfiguration) throws(DataError) {
    count = row.count
    let cells = (0..<count).map { row.text($0) }
    let usesNames = configuration.labels.contains { if case .name = $0 { true } else { false } }
    guard !(usesNames && configuration.header == false) else {
      throw DataError(
        file: path, found: "a label column by name, in a table without a header", allowed: "a column number",
        remedy: "give the number of the column (from 0; -1 is the last), or let the header be read")
    }
    var labels: [Int] = []
    for column in configuration.labels {
      labels.append(try Self.resolve(column, cells: cells, count: count, path: path))
    }
    guard Set(labels).count == labels.count, !labels.isEmpty, configuration.regression || labels.count == 1 else {
      throw DataError(
        file: path, found: "\(labels.count) label columns",
        allowed: configuration.regression
          ? "one or more different columns" : "one label column, or several for a regression",
        remedy: "correct the label columns in the config")
    }
    self.labels = labels
    inputs = (0..<count).filter { !labels.contains($0) }
    guard !inputs.isEmpty else {
      let separator = cells[0].contains { ";\t|".contains($0) }
      throw DataError(
        file: path,
        found: "no column besides the label\(separator ? "; cells seem not to be separated by commas" : "")",
        allowed: "cells between commas, at least one of them an input",
        remedy: separator ? "save the table with commas" : "add the columns of the inputs")
    }
    let hasHeader = configuration.header ?? (usesNames || Self.looksLikeHeader(row, inputs))
    if hasHeader {
      for column in 0..<count { _ = try row.validText(column, path: path, part: "a column name") }
    }
    names = hasHeader ? cells : []
  }

  /// A header has a cell that is text, in a column that otherwise holds numbers. What people write for a missing number
  /// is no name of a column.
  private static func looksLikeHeader(_ row: CSVRow, _ inputs: [Int]) -> Bool {
    let missing: Set<String> = ["", "?", "-", "na", "n/a", "#n/a", "nan", "null", "none", "inf", "-inf", "missing"]
    return inputs.contains { row.number($0) == nil && !missing.contains(row.text($0).lowercased()) }
  }

  private static func resolve(
    _ column: CSVColumn, cells: [String], count: Int, path: String
  ) throws(DataError) -> Int {
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
      let matches = cells.indices.filter { cells[$0] == name }
      guard matches.count == 1 else {
        let listed = cells.prefix(12).map { "\"\($0)\"" }.joined(separator: ", ") + (count > 12 ? ", …" : "")
        throw DataError(
          file: path, found: matches.isEmpty ? "no column \"\(name)\"" : "\(matches.count) columns \"\(name)\"",
          allowed: "one of \(listed)", remedy: "correct the label column in the config, or give its number from 0")
      }
      return matches[0]
    }
  }

  /// The column for a message: its number from 0, and its name where there is one.
  func name(_ column: Int) -> String { hasHeader ? "\(column) (\"\(names[column])\")" : "\(column) (from 0)" }

  /// Refuses a test table whose columns are not those of the training table.
  func requireSame(as training: CSVColumns, path: String) throws(DataError) {
    guard count == training.count else {
      throw DataError(
        file: path, found: "\(count) columns", allowed: "\(training.count), as in the training table",
        remedy: "write both tables with the same columns")
    }
    guard hasHeader, training.hasHeader else { return }
    for column in 0..<count where names[column] != training.names[column] {
      throw DataError(
        file: path, found: "column \(column) is \"\(names[column])\"",
        allowed: "\"\(training.names[column])\", as in the training table",
        remedy: "write both tables with the same columns in the same order")
    }
  }
}
