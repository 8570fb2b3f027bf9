/// A number that a reader looks for first.
public struct KeyFigure: Sendable, Equatable {
  /// What the number is.
  public var label: String
  /// The number with its unit.
  public var value: String
  /// A smaller line under it.
  public var note: String?

  /// A figure from its texts.
  public init(_ label: String, _ value: String, note: String? = nil) {
    self.label = label
    self.value = value
    self.note = note
  }
}
