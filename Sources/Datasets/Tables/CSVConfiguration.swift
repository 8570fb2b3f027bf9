import Keys

/// How a CSV table is read.
public struct CSVConfiguration: Sendable, Equatable {
  /// Whether the first row names the columns; `nil` looks at it: a header has a cell that is no number, outside the
  /// label column, in its first row.
  public var header: Bool?
  /// Columns that hold the label, or the targets of a regression; the rest are inputs.
  public var labels: [CSVColumn]
  /// Whether the label columns are numbers to predict rather than classes.
  public var regression: Bool
  public init(header: Bool? = nil, labels: [CSVColumn], regression: Bool = false) {
    self.header = header
    self.labels = labels
    self.regression = regression
  }
}

/// A column by name or by number from 0; a negative number counts from the end (-1 is the last).
public enum CSVColumn: Sendable, Equatable {
  case name(String)
  case index(Int)
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

extension Format<Bool> {
  /// `data.task`, true for regression.
  static var task: Format {
    let names = Format<String>.word(["classification", "regression"])
    return Format(
      allowed: names.allowed, placeholder: { false }, schema: names.schema,
      read: { json, place in names.read(json, place).map { $0 == "regression" } },
      write: { .string($0 ? "regression" : "classification") })
  }
}
