import Keys

/// How the rows of a table become inputs: its columns, what their cells hold, and what stands for missing ones. Separators
/// and encodings are each file's own.
public struct TableForm: Codable, Sendable, Equatable {
  static let name = "table"

  /// What a column's cells hold.
  public enum Kind: Codable, Sendable, Equatable {
    case number
    /// Days or seconds since 1970-01-01.
    case date(CellDate.Format, inDays: Bool)
    /// One input for each text, 1 where it stands in the cell; a text that is none of them makes all 0.
    case oneHot([String])
    /// The place of the cell's text in the list; a text that is not there is as if it were missing.
    case ordinal([String])
  }

  /// A column of the table.
  public struct Column: Codable, Sendable, Equatable {
    /// From the header, or its number from 0 in a table without.
    public var name: String
    /// Its place in the training table's rows, from 0.
    public var position: Int
    public var kind: Kind
    /// The number that stands for a missing one: the training mean.
    public var fill: Double
    /// Whether a further input behind the column's is 1 where the cell is missing, else 0.
    public var marksMissing: Bool

    /// Number of inputs.
    var width: Int {
      let texts = if case .oneHot(let texts) = kind { texts.count } else { 1 }
      return texts + (marksMissing ? 1 : 0)
    }
  }

  /// Columns that become inputs, in the order of the inputs.
  public internal(set) var columns: [Column]
  /// Names of the label columns.
  public internal(set) var labels: [String]
  /// Their places in the training table's rows.
  var labelPositions: [Int]
  /// Whether the training table names its columns: others are then matched by name.
  var hasHeader: Bool
  /// Whether columns have their places for names.
  package var isHeaderless: Bool { !hasHeader }
  /// Number of columns of the training table.
  package internal(set) var columnCount: Int
  /// What becomes of missing cells.
  package internal(set) var missing: MissingCells
  /// What stands for a missing cell; `nil` for the usual words.
  var missingWords: [String]?
  /// What stands for a missing cell, besides an empty one; case does not count.
  package var wordsForMissing: [String] { missingWords ?? MissingWords.usual }

  /// Number of inputs.
  public var width: Int { columns.reduce(0) { $0 + $1.width } }

  /// What the inputs are called, in order.
  public var inputNames: [String] {
    columns.flatMap { column in
      let names =
        if case .oneHot(let texts) = column.kind { texts.map { "\(column.name) = \($0)" } } else { [column.name] }
      return names + (column.marksMissing ? ["\(column.name) is missing"] : [])
    }
  }

  /// Refuses the form of a model's file that somebody has altered: places beyond the table, another number of inputs.
  func requireSound(_ preprocessing: Preprocessing, path: String) throws(DataError) {
    let places = columns.map(\.position) + labelPositions
    let scale = preprocessing.scale
    let isOfTable =
      !columns.isEmpty && !labels.isEmpty && labels.count == labelPositions.count && columnCount <= Limit.width
      && places.allSatisfy { $0 >= 0 && $0 < columnCount } && Set(places).count == places.count
    let isOfNetwork =
      width == preprocessing.shape.count && width == scale.channels && width == scale.shift.count
      && (scale.stored.map { $0.origins.count == width && $0.units.count == width } ?? true)
    guard !isOfTable || !isOfNetwork else { return }
    throw DataError(
      file: path, found: "a model whose description of its table contradicts itself",
      allowed: "the description that training has written", remedy: DataError.copyAgain)
  }

  /// The columns of a table that samples are predicted from.
  func reader(of location: InputLocation, _ preprocessing: Preprocessing) throws(DataError) -> any InputReader {
    try TableInputReader(location, self, preprocessing)
  }
}
