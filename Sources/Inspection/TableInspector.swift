import Datasets

/// Looks at a table of which nothing else is known: every column by itself.
package struct TableInspector {
  /// Different texts that are told apart in a column.
  private static let mostTexts = 10_000
  /// Rows are remembered to find repeated ones, up to this number.
  private static let mostRows = 50_000_000

  private struct Column {
    var sums: ColumnSums
    var missing = 0
    var texts: [String: Int] = [:]
    var textCount = 0
    var numbers: Set<Double> = []
    /// Whether the numbers are first, first + 1, …, one a row.
    var first: Double?
    var counts = true
  }

  private var table: BareTable
  private var columns: [Column]
  private var rows = 0
  private var repeatedRows = 0
  private var seen: Set<Int> = []

  /// Takes a table that was opened.
  package init(_ table: BareTable) {
    self.table = table
    columns = table.names.map { Column(sums: ColumnSums(name: $0)) }
  }

  /// Reads all rows.
  package mutating func inspect() throws(DataError) -> DataInspection {
    var (columns, rows, repeated, seen) = (columns, 0, 0, seen)
    try table.readRows { cells in
      var hasher = Hasher()
      for (index, cell) in cells.enumerated() {
        Self.add(cell, to: &columns[index], row: rows, &hasher)
      }
      if rows < Self.mostRows, !seen.insert(hasher.finalize()).inserted { repeated += 1 }
      rows += 1
    }
    (self.columns, self.rows, repeatedRows) = (columns, rows, repeated)
    var inspection = DataInspection(
      name: table.path, shape: [columns.count], task: "none", outputs: 0, classNames: [],
      train: DataInspection.Split(samples: rows, samplesPerClass: []), validation: nil, test: nil,
      columns: columns.map(Self.statistics), targets: [], inspectedSamples: rows,
      duplicates: DataInspection.Duplicates(withinTraining: repeated, contradicting: 0, betweenTrainingAndTest: 0),
      memoryBytes: 0, notes: table.notes, warnings: [])
    inspection.warnings = warnings(inspection)
    return inspection
  }

  private static func add(_ cell: BareTable.Cell, to column: inout Column, row: Int, _ hasher: inout Hasher) {
    switch cell {
    case .missing:
      column.missing += 1
      column.counts = false
      hasher.combine(0)
    case .number(let number):
      column.sums.add(number)
      if column.numbers.count < ColumnStatistics.mostDifferentNumbers { column.numbers.insert(number) }
      if column.first == nil { column.first = number }
      if number != column.first! + Double(row) { column.counts = false }
      hasher.combine(number)
    case .text(let text):
      column.textCount += 1
      column.counts = false
      if column.texts[text] != nil || column.texts.count < mostTexts { column.texts[text, default: 0] += 1 }
      hasher.combine(text)
    }
  }

  private static func statistics(_ column: Column) -> ColumnStatistics {
    var statistics = column.sums.result
    statistics.missing = column.missing
    statistics.differentNumbers = column.numbers.count
    statistics.countsRows = column.counts && statistics.count > 2
    guard column.textCount > 0 else { return statistics }
    statistics.texts = column.textCount
    statistics.differentTexts = column.texts.count
    let common = column.texts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5)
    statistics.commonTexts = common.map { ColumnStatistics.TextCount(text: String($0.key.prefix(60)), count: $0.value) }
    return statistics
  }

  // MARK: What to look at

  private func warnings(_ inspection: DataInspection) -> [String] {
    var warnings = DataWarnings(inspection)
    warnings.addColumns()
    var list = warnings.list
    for (column, statistics) in zip(columns, inspection.columns) {
      let name = "column \"\(statistics.name)\""
      if column.missing == rows {
        list.append("\(name) is empty")
      } else if column.missing > 0 {
        let percent = 100 * Double(column.missing) / Double(rows)
        list.append("\(name) lacks \(column.missing) of \(rows) cells (\((percent * 10).rounded() / 10) %)")
      }
      if column.textCount > 0, statistics.count > 0, let text = statistics.commonTexts?.first?.text {
        list.append(
          "\(name) mixes \(statistics.count) numbers with \(column.textCount) texts, such as \"\(text)\": it would be "
            + "read as text")
      }
      if column.texts.count == 1, column.textCount == rows {
        list.append("\(name) is constant: every cell is \"\(column.texts.first!.key.prefix(60))\"")
      }
      if column.counts, rows > 2 {
        list.append("\(name) counts the rows: leave it out, or a network learns their order")
      }
    }
    if repeatedRows > 0 { list.append("\(repeatedRows) of \(rows) rows equal an earlier one") }
    return list + table.lostDigits
  }
}
