/// How a table of text is divided into cells, and how its numbers are written.
public struct CSVDialect: Sendable, Equatable {
  /// What stands between cells.
  public enum Separator: String, Sendable, CaseIterable {
    case comma = ","
    case tab = "\t"
    case semicolon = ";"
    case bar = "|"
    /// Runs of spaces and tabs.
    case blanks = " "

    /// For messages: "commas".
    var words: String {
      switch self {
      case .comma: "commas"
      case .tab: "tabs"
      case .semicolon: "semicolons"
      case .bar: "vertical bars"
      case .blanks: "blanks"
      }
    }

    /// The byte between cells; of blanks, the space.
    var byte: UInt8 { rawValue.utf8.first! }
  }

  /// What stands before a number's fraction.
  public enum Point: String, Sendable, CaseIterable {
    case point = "."
    case comma = ","

    var byte: UInt8 { rawValue.utf8.first! }
  }

  public var separator: Separator
  public var point: Point

  /// Cells between commas, unless said otherwise.
  public init(separator: Separator = .comma, point: Point = .point) {
    self.separator = separator
    self.point = point
  }
}
