/// How the learning rate follows the batch.
package struct SweepRule: Codable, Sendable, Hashable {
  /// `linear`, `sqrt` or `none`.
  package var scaling: String
  /// `gradual`, `constant` or `none`.
  package var warmup: String

  /// A rule by the config's words.
  package init(scaling: String, warmup: String) {
    self.scaling = scaling
    self.warmup = warmup
  }

  /// The rule in words: "linear scaling, gradual warmup".
  package var name: String {
    if scaling == "none" { return "fixed rate" }
    return "\(scaling) scaling, \(warmup == "none" ? "no" : warmup) warmup"
  }
}
