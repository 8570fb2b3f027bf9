/// The labels of a CSV table: every text that occurs, and which of them stands in each row.
struct CSVLabels {
  /// A label as it is written, and the row of its first occurrence.
  struct Text {
    let text: String
    let row: Int

    /// What tells labels apart: two strings of Swift are equal where Unicode says so, whatever their bytes.
    var bytes: [UInt8] { Array(text.utf8) }
  }

  /// In the order of first occurrence.
  private(set) var texts: [Text] = []
  private var indexOfText: [[UInt8]: Int32] = [:]
  /// The text of each row, as an index into `texts`.
  private var rows: [Int32] = []

  /// Adds the label of the next row; `path` and `columns` name its place in a message.
  mutating func append(_ row: CSVRow, column: Int, _ columns: CSVColumns, path: String) throws(DataError) {
    guard !row.isEmpty(column) else {
      throw DataError(
        file: path, found: "an empty label in row \(row.number), column \(columns.name(column))",
        allowed: "the name or number of a class", remedy: "fill in the class, or remove the row")
    }
    let bytes = row.cellBytes(column)
    if let index = indexOfText[bytes] {
      rows.append(index)
      return
    }
    let index = Int32(texts.count)
    texts.append(Text(text: try row.validText(column, path: path, part: "a label"), row: row.number))
    indexOfText[bytes] = index
    rows.append(index)
  }

  /// The class number of each row; a label that is none of the classes is refused by its row.
  func numbers(_ classes: CSVClasses, path: String) throws(DataError) -> [Int32] {
    var classOfText: [Int32] = []
    for label in texts {
      guard let number = classes.number(of: label) else {
        let looksAlike = classes.names.contains(label.text)
        throw DataError(
          file: path, found: "the class \"\(label.text)\" in row \(label.row), which does not occur in training",
          allowed: classes.listing,
          remedy: looksAlike
            ? "write the label with the same bytes as in training: it looks alike in another Unicode form"
            : "correct the label, or add rows of that class to the training table")
      }
      classOfText.append(number)
    }
    return rows.map { classOfText[Int($0)] }
  }
}
