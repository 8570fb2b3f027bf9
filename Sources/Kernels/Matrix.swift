/// A row-major matrix over a view: element (i, j) is `storage[i * columns + j]`.
public struct Matrix: Sendable {
  /// `rows × columns` elements.
  public let storage: Floats
  /// Number of rows.
  public let rows: Int
  /// Number of columns, which is also the distance between two rows.
  public let columns: Int

  /// The first `rows × columns` elements of `storage` as a matrix.
  public init(_ storage: Floats, rows: Int, columns: Int) {
    precondition(rows >= 0 && columns >= 0, "a matrix of \(rows) × \(columns)")
    self.storage = storage.prefix(rows * columns)
    self.rows = rows
    self.columns = columns
  }
}
