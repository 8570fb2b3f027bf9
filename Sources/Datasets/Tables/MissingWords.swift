/// What stands in a cell for a missing one.
struct MissingWords: Sendable, Equatable {
  /// Without a list of the config's own.
  static let usual = ["", "NA", "N/A", "#N/A", "NaN", "null", "none", "?", "-", "missing"]

  private let words: Set<[UInt8]>
  private let longest: Int

  /// Words whose case does not count. An empty cell is always missing.
  init(_ words: [String]) {
    self.words = Set(words.map { Array($0.lowercased().utf8) } + [[]])
    longest = self.words.map(\.count).max() ?? 0
  }

  /// Whether the cell with this text is a missing one.
  func contains(_ text: ArraySlice<UInt8>) -> Bool {
    if text.isEmpty { return true }
    guard text.count <= longest else { return false }
    return words.contains(text.map { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") ? $0 | 0x20 : $0 })
  }
}

/// `data.missing`: what becomes of rows with missing cells.
public enum MissingCells: String, Codable, Sendable, CaseIterable {
  /// The training mean of the column stands for them. Where at least 1 % of a column's training cells are missing, a further
  /// input says which.
  case mean
  /// They are a fault of the file.
  case refuse
  /// Rows with missing cells are left out.
  case drop
}
