import Configuration

/// A config that is well formed but cannot run on its data: a batch larger than the training set, for one.
public struct RunError: Error, Equatable, CustomStringConvertible {
  /// Where in the config, such as `batch.size`.
  public let path: String
  /// What was found, what is allowed, what to do.
  public let message: String

  /// An error at a path of the config.
  public init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  public var description: String { "\(path): \(message)" }
}
