/// A table as CSV (RFC 4180): a header, then a row a line; fields with commas, quotes or line breaks are quoted.
package struct CSVTable: Sendable, Equatable {
  /// Heads of the columns, with the names of the JSON keys.
  package let columns: [String]
  package private(set) var rows: [[String]] = []

  package init(columns: [String]) { self.columns = columns }

  /// Adds a row; `nil`, NaN and infinite numbers leave an empty field.
  package mutating func append(_ fields: [(any CSVField)?]) {
    precondition(fields.count == columns.count, "\(fields.count) fields in a table of \(columns.count) columns")
    rows.append(fields.map { $0?.csvText ?? "" })
  }

  /// The whole file.
  package var text: String {
    ([columns] + rows).map(Self.line).joined()
  }

  /// A row, for whoever adds to a file that is there.
  package static func line(_ fields: [(any CSVField)?]) -> String { line(fields.map { $0?.csvText ?? "" }) }

  private static func line(_ fields: [String]) -> String { fields.map(quoted).joined(separator: ",") + "\n" }

  private static func quoted(_ field: String) -> String {
    guard field.contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) else { return field }
    return "\"" + field.replacing("\"", with: "\"\"") + "\""
  }
}

/// Something that fits in a field of a ``CSVTable``.
package protocol CSVField {
  var csvText: String { get }
}

extension String: CSVField { package var csvText: String { self } }
extension Int: CSVField { package var csvText: String { String(self) } }
extension UInt64: CSVField { package var csvText: String { String(self) } }
extension Bool: CSVField { package var csvText: String { self ? "true" : "false" } }
extension Double: CSVField { package var csvText: String { isFinite ? "\(self)" : "" } }
