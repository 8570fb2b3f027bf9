/// A text that is not JSON: where it goes wrong and how.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
  /// From 1.
  package let line: Int
  /// From 1, in characters.
  package let column: Int
  package let message: String
  /// Whether the text is JSON, but for a key that an object has twice.
  package var repeatsKey = false

  package var description: String { "line \(line), column \(column): \(message)" }
}
