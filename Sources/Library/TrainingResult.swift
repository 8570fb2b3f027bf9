import Coordinator
import Records

/// What a run gave.
public struct TrainingResult: Sendable {
  /// How it ended: complete, at its target, diverged, or interrupted.
  public let outcome: RunOutcome
  /// What `summary.json` says.
  public let summary: RunSummary
  /// The last evaluation.
  public let evaluation: Evaluation?
  /// Observers that failed on the way, which the run did without from then on.
  public let observerFailures: [ObserverFailure]
  /// The trained network.
  public let model: TrainedModel
}
