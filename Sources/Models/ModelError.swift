/// A model that does not fit together, or does not fit its data.
public struct ModelError: Error, Equatable, CustomStringConvertible {
  /// Where in the config, such as `model.layers.3`.
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
