/// A record that cannot be read; the text says which file, what is wrong and what to do.
package struct RecordError: Error, Sendable, CustomStringConvertible {
  /// Which file, what is wrong, what to do.
  package let description: String
  init(_ description: String) { self.description = description }
}
