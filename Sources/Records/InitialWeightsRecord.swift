/// Where the weights came from that a run began with: part of `summary.json`.
public struct InitialWeightsRecord: Codable, Sendable, Equatable {
  /// The file, as it was named.
  public var file: String
  /// SHA-256 of the whole file.
  public var sha256: String
  /// What stood before the tensors' names in the file; `nil` for nothing.
  public var prefix: String?
  /// Tensors that were taken.
  public var tensorsTaken: Int
  /// Names of the tensors that kept their initial values.
  public var tensorsLeft: [String]

  public init(file: String, sha256: String, prefix: String?, tensorsTaken: Int, tensorsLeft: [String]) {
    self.file = file
    self.sha256 = sha256
    self.prefix = prefix
    self.tensorsTaken = tensorsTaken
    self.tensorsLeft = tensorsLeft
  }
}
