/// Where samples came from, for messages.
public struct DataOrigin: Sendable {
  /// The file; `nil` for samples that were made.
  public var file: String?
  /// Names of the columns of a table, in the order of the inputs; empty without.
  public var columnNames: [String] = []
  /// The row of a table that the first sample stands in, from 1, where every row after it is a sample too.
  public var firstRow: Int?
  /// The row of a table that each sample in memory stands in, from 1, where rows between them are no samples.
  var rowNumbers: [Int32] = []
  /// What a user should know of the data, in words.
  public var notes: [String] = []
  /// What was found of all numbers while they were read; `nil` where that is not known, or no longer of these samples.
  var survey: ColumnSurvey?

  /// Nothing but the file.
  public init(file: String? = nil) { self.file = file }

  /// The place of a number for a message: `column 2 ("height") of row 17`.
  func place(sample: Int, column: Int, shape: SampleShape) -> String {
    let number = rowNumbers.indices.contains(sample) ? Int(rowNumbers[sample]) : nil
    let row =
      (number ?? firstRow.map { $0 + sample }).map { "row \(grouped($0))" } ?? "sample \(grouped(sample)) (from 0)"
    return "\(columnName(column, shape: shape)) of \(row)"
  }

  /// A column for a message: `column 2 ("height")`.
  func columnName(_ column: Int, shape: SampleShape) -> String {
    if shape.isImage { return "channel \(column) (from 0)" }
    return column < columnNames.count ? "column \"\(columnNames[column])\"" : "input \(column) (from 0)"
  }
}
