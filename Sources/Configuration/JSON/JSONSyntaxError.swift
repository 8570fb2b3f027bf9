/// A text that is not JSON: where it goes wrong and how.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// From 1.
  package let line: Int
  /// From 1, in characters.
  package let column: Int
  package let message: String

  package var description: String { "line \(line), column \(column): \(message)" }
}
