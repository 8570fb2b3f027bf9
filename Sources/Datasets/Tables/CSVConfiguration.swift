import Keys

/// How a CSV table is read.
public struct CSVConfiguration: Sendable, Equatable {
  /// Whether the first row names the columns; `nil` looks at it: a header is text above numbers, or 0, 1, 2, …, or texts
  /// that do not occur again below.
  public var header: Bool?
  /// Columns that hold the label, or the targets of a regression; the rest are inputs.
  public var labels: [CSVColumn]
  /// Whether the label columns are numbers to predict rather than classes; `nil` leaves it to what they hold.
  public var regression: Bool?
  /// What stands between cells; `nil` looks at the file.
  public var separator: CSVDialect.Separator?
  /// What stands before a number's fraction; `nil` looks at the file.
  public var decimal: CSVDialect.Point?
  /// The encoding of the text, such as `windows-1252`; `nil` finds UTF-8 and UTF-16.
  public var encoding: String?
  /// Rules for columns by name (or by number from 0, in a table without a header); others are looked at.
  public var columns: [String: ColumnRule] = [:]
  /// What becomes of missing cells.
  public var missing = MissingCells.mean
  /// What stands for a missing cell, besides an empty one; case does not count.
  public var missingWords: [String]?
  /// The most different texts that a column may have to become one input for each.
  public var oneHotLimit = 32

  public init(header: Bool? = nil, labels: [CSVColumn], regression: Bool? = nil) {
    self.header = header
    self.labels = labels
    self.regression = regression
  }

  /// What stands for a missing cell.
  var missingMatcher: MissingWords { MissingWords(missingWords ?? MissingWords.usual) }
}

/// A column by name or by number from 0; a negative number counts from the end (-1 is the last).
public enum CSVColumn: Sendable, Equatable {
  case name(String)
  case index(Int)
}

// MARK: Keys

extension CSVConfiguration {
  static func keys(_ section: Section, _ value: CSVConfiguration?) -> CSVConfiguration {
    var table = CSVConfiguration(
      header: section.optional(
        "header", value?.header, .flag, "Whether the first row names the columns. Left out: it is looked at."),
      labels: section.required(
        "label", value?.labels, .columns,
        """
        Column of the label, or list of columns to predict: names, or numbers from 0; negative numbers count from \
        the end (-1 is the last).
        """),
      regression: section.key(
        "task", value?.regression, .task, default: nil,
        """
        Whether the label columns are classes, or numbers to predict. auto: text is classes, and so are at most 20 \
        different whole numbers that occur twice on average; other numbers are predicted.
        """))
    table.separator = section.optional(
      "separator", value?.separator, .separator, "What stands between cells. Left out: it is found.")
    table.decimal = section.optional(
      "decimal", value?.decimal, .word, "What stands before a number's fraction. Left out: it is found.")
    table.encoding = section.optional(
      "encoding", value?.encoding, .encoding,
      "The encoding of the text. Left out: UTF-8, or UTF-16 where the bytes show it.")
    table.columns = section.key(
      "columns", value?.columns, .columnRules, default: [:],
      """
      What columns become, by name (by number from 0 without a header). Others: numbers where the training rows hold \
      numbers, dates as days or seconds, few different texts as one input each (one-hot).
      """)
    table.missing = section.key(
      "missing", value?.missing, .word, default: .mean,
      """
      What becomes of missing cells: the column's training mean, with a further input that says which were missing \
      where they are at least 1 % of the training rows; a refusal; or rows with missing cells are dropped.
      """)
    table.missingWords = section.optional(
      "missingWords", value?.missingWords, .list(of: .string(), "words", count: 0...1000),
      "What stands for a missing cell besides an empty one. Left out: NA, N/A, #N/A, NaN, null, none, ?, - and missing."
    )
    table.oneHotLimit = section.key(
      "oneHotLimit", value?.oneHotLimit, .integer(2...10_000), default: 32,
      "The most different texts that a column may have to become one input for each.")
    return table
  }
}

extension Format<[CSVColumn]> {
  /// One column or a list of them.
  static var columns: Format {
    let range = -Limit.width...Limit.width
    func column(_ json: JSONValue) -> CSVColumn? {
      if case .string(let name) = json, !name.isEmpty { return .name(name) }
      return json.wholeNumber.flatMap { range.contains($0) ? .index($0) : nil }
    }
    func json(_ column: CSVColumn) -> JSONValue {
      switch column {
      case .name(let name): .string(name)
      case .index(let index): .integer(index)
      }
    }
    let one: JSONValue = [
      "anyOf": [
        ["type": "string", "minLength": 1],
        ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)],
      ]
    ]
    return Format(
      allowed: "a column's name, its number from 0 (-1 is the last), or a list of columns",
      placeholder: [.index(-1)],
      schema: ["anyOf": [one, ["type": "array", "items": one, "minItems": 1]]],
      write: { $0.count == 1 ? json($0[0]) : .array($0.map(json)) },
      parse: { value in
        guard case .array(let elements) = value else { return column(value).map { [$0] } }
        let columns = elements.compactMap(column)
        return columns.isEmpty || columns.count < elements.count ? nil : columns
      })
  }
}

extension Format<Bool?> {
  /// `data.task`: true for regression, `nil` for auto.
  static var task: Format {
    let names = Format<String>.word(["auto", "classification", "regression"])
    return Format(
      allowed: names.allowed, placeholder: { nil }, schema: names.schema,
      read: { json, place in
        switch names.read(json, place) {
        case "classification": .some(false)
        case "regression": .some(true)
        case "auto": .some(nil)
        default: nil
        }
      },
      write: { .string($0.map { $0 ? "regression" : "classification" } ?? "auto") })
  }
}
