/// A number that a reader looks for first.
package struct KeyFigure: Sendable, Equatable {
  /// What the number is.
  package var label: String
  /// The number with its unit.
  package var value: String
  /// A smaller line under it.
  package var note: String?

  /// A figure from its texts.
  package init(_ label: String, _ value: String, note: String? = nil) {
    self.label = label
    self.value = value
    self.note = note
  }
}

extension [KeyFigure] {
  /// Adds a figure, unless there is no value.
  mutating func add(_ label: String, _ value: String?, note: String? = nil) {
    if let value { append(KeyFigure(label, value, note: note)) }
  }
}
