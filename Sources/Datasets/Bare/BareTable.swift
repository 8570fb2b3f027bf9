/// A table of text of which only the path is known: its columns as the file names them, its cells as they stand there.
package struct BareTable {
  /// A cell.
  package enum Cell: Sendable, Equatable {
    /// Empty, or a word that stands for nothing.
    case missing
    case number(Double)
    case text(String)
  }

  /// The file.
  package let path: String
  /// A name for each column: the header's, or numbers from 0.
  package let names: [String]
  private var reader: CSVReader
  private let headerNotes: [String]
  private var survey: ColumnSurvey

  /// Opens a table and looks at its first rows, which tell its encoding, separators and header.
  package init(path: String, progress: @escaping (LoadingProgress) -> Void = { _ in }) throws(DataError) {
    let configuration = CSVConfiguration(labels: [])
    self.path = path
    reader = try CSVReader(path: path, configuration: configuration, progress: progress)
    let header = try TableHeader(
      reader.sample, path: path, isPresent: nil, missing: configuration.missingMatcher)
    names = header.names.enumerated().map { $1.isEmpty ? "column \($0) (no name)" : $1 }
    headerNotes =
      (reader.sample.hasSeparator || header.count == 1 && header.isPresent
        ? [] : ["\(path): no separator was found, so that there is one column"]) + header.notes
    survey = ColumnSurvey(columns: header.count)
    try reader.begin(header)
  }

  /// Calls `body` with the cells of every row, one for each column.
  package mutating func readRows(_ body: (_ cells: [Cell]) -> Void) throws(DataError) {
    let missing = CSVConfiguration(labels: []).missingMatcher
    let point = reader.sample.dialect.point.byte
    var cells = Array(repeating: Cell.missing, count: names.count)
    while let block = try reader.read() {
      for row in 0..<block.count {
        for column in 0..<block.columns {
          if let number = parseNumber(block.bytes, block.range(row, column), point: point) {
            cells[column] = .number(number)
            survey.add(number, column: column)
          } else if missing.contains(block.slice(row, column)) {
            cells[column] = .missing
          } else {
            cells[column] = .text(block.text(row, column))
          }
        }
        body(cells)
      }
    }
  }

  /// How the file was read, in words.
  package var notes: [String] { (reader.note.map { [$0] } ?? []) + headerNotes }

  /// The columns whose numbers single precision tells apart badly, once the rows were read.
  package var lostDigits: [String] {
    survey.lostDigits({ "column \"\(names[$0])\"" }, remedy: "\"normalize\": \"standardize\" keeps them")
  }
}
