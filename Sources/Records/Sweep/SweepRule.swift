/// How the learning rate follows the batch.
public struct SweepRule: Codable, Sendable, Hashable {
  /// `linear`, `sqrt` or `none`.
  public var scaling: String
  /// `gradual`, `constant` or `none`.
  public var warmup: String

  /// A rule by the config's words.
  public init(scaling: String, warmup: String) {
    self.scaling = scaling
    self.warmup = warmup
  }

  /// The rule in words: "linear scaling, gradual warmup".
  public var name: String {
    if scaling == "none" { return "fixed rate" }
    return "\(scaling) scaling, \(warmup == "none" ? "no" : warmup) warmup"
  }
}
