import Coordinator

/// A form in which a model can leave: one file a form.
package protocol Exporter: Sendable {
  /// The word of `--format`.
  static var name: String { get }
  /// One line for help.
  static var about: String { get }

  /// Writes the model to one or several files.
  ///
  /// - Returns: the files, the one to name first.
  func write(_ model: Model, to path: String) throws -> [String]
}
