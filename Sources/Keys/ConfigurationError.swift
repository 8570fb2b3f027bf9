/// Everything that is wrong with a config, one issue for each mistake.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One mistake.
  public struct Issue: Sendable, Equatable, CustomStringConvertible {
    /// Where the mistake was made: the config's file, or the override as the user wrote it (`--set key.path=value`).
    public let origin: String
    /// The keys on the way to the mistake, with dots between them and elements of lists counted from 0:
    /// `model.layers.2.rate`; empty where the whole text is meant.
    public let path: String
    /// What was found and what is allowed.
    public let message: String

    public init(origin: String, path: String, message: String) {
      self.origin = origin
      self.path = path
      self.message = message
    }

    public var description: String {
      path.isEmpty ? "\(origin): \(message)" : "\(origin): \(path): \(message)"
    }
  }

  /// Never empty.
  public let issues: [Issue]

  public init(issues: [Issue]) {
    precondition(!issues.isEmpty, "an error without an issue")
    self.issues = issues
  }

  package init(origin: String, path: String = "", _ message: String) {
    self.init(issues: [Issue(origin: origin, path: path, message: message)])
  }

  /// One line for each issue.
  public var description: String {
    issues.map(\.description).joined(separator: "\n")
  }
}
