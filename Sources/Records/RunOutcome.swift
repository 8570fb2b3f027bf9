/// How a run ended.
public enum RunOutcome: String, Codable, Sendable, CaseIterable {
  /// Every step of the config was done.
  case completed
  /// An evaluation reached the config's `target`, and the run stopped there.
  case targetReached
  /// A loss, a weight or an output became NaN or infinite.
  case diverged
  /// A signal stopped the run after a step; a checkpoint lets it go on.
  case interrupted
}
