/// A record that cannot be read; the text says which file, what is wrong and what to do.
public struct RecordError: Error, Sendable, CustomStringConvertible {
  /// Which file, what is wrong, what to do.
  public let description: String
  init(_ description: String) { self.description = description }
}
