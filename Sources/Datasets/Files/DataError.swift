import Foundation

/// What is wrong with a file of data, and what to do about it.
public struct DataError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let file: String
  /// What was found there.
  public let found: String
  /// What may stand there.
  public let allowed: String
  /// What to do next.
  public let remedy: String

  /// Texts without a full stop at their end.
  public init(file: String, found: String, allowed: String, remedy: String) {
    self.file = file
    self.found = found
    self.allowed = allowed
    self.remedy = remedy
  }

  public var description: String {
    "\(file): \(found)\n  expected: \(allowed)\n  what to do: \(remedy)"
  }
}

extension DataError {
  /// The remedy for files that a download or copy has damaged.
  static let copyAgain = "copy or download the file again"

  /// The remedy for a path at which nothing can be opened; relative paths say from where they count.
  static func checkPath(_ path: String) -> String {
    guard !path.hasPrefix("/") else { return "check the path in the config and the permissions of its folders" }
    return "relative paths count from the folder in which the command was started, here "
      + "\(FileManager.default.currentDirectoryPath); start it elsewhere, or correct the path in the config"
  }
}
