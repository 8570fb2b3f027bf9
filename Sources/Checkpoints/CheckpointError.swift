/// What is wrong with a file of weights or a checkpoint, or why one could not be written.
public struct CheckpointError: Error, Equatable, CustomStringConvertible {
  /// The file or folder.
  public let path: String
  /// What was found there, or what failed.
  public let found: String
  /// What is allowed; empty where nothing but success is.
  public let allowed: String
  /// What to do about it.
  public let remedy: String

  /// An error about `path`; each part is a phrase without a full stop.
  public init(path: String, found: String, allowed: String = "", remedy: String) {
    self.path = path
    self.found = found
    self.allowed = allowed
    self.remedy = remedy
  }

  /// `PATH: FOUND; ALLOWED. REMEDY.`
  public var description: String {
    "\(path): \(found)\(allowed.isEmpty ? "" : "; \(allowed)"). \(remedy)."
  }
}
