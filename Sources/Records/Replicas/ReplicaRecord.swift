/// One seed of several: the figures of its run that are compared; its directory has all of them.
package struct ReplicaRecord: Codable, Sendable, Equatable {
  package var seed: UInt64
  /// The run directory, in that of the seeds.
  package var folder: String
  package var outcome: RunOutcome
  package var steps: Int
  package var epochs: Double
  package var samples: Int
  package var trainLoss: Double?
  package var testLoss: Double?
  package var testAccuracy: Double?
  package var bestTestLoss: Double?
  package var bestTestAccuracy: Double?
  /// Root mean square of the errors on the test set, where numbers are predicted.
  package var rootMeanSquaredError: Double?
  /// Step of the evaluation that reached the config's target.
  package var targetReachedAtStep: Int?
  package var wallSeconds: Double
  package var trainingSeconds: Double?
  package var evaluationSeconds: Double?
  package var samplesPerSecond: Double
  package var threads: Int
  package var weightsSHA256: String

  /// The part of a run's summary.
  package init(seed: UInt64, folder: String, _ summary: RunSummary) {
    self.seed = seed
    self.folder = folder
    outcome = summary.outcome
    steps = summary.steps
    epochs = summary.epochs
    samples = summary.samples
    trainLoss = Self.finite(summary.trainLoss)
    testLoss = Self.finite(summary.testLoss)
    testAccuracy = summary.testAccuracy
    bestTestLoss = summary.bestTestLoss
    bestTestAccuracy = summary.bestTestAccuracy
    rootMeanSquaredError = Self.finite(summary.regression?.rootMeanSquaredError)
    targetReachedAtStep = summary.targetReachedAtStep
    wallSeconds = summary.wallSeconds
    trainingSeconds = summary.trainingSeconds
    evaluationSeconds = summary.evaluationSeconds
    samplesPerSecond = summary.samplesPerSecond
    threads = summary.threads
    weightsSHA256 = summary.weightsSHA256
  }

  /// Training samples until the target was reached.
  package var samplesToTarget: Double? { outcome == .targetReached ? Double(samples) : nil }
  /// Whether the run came to its end, so that its figures count.
  package var hasResult: Bool { outcome == .completed || outcome == .targetReached }
  /// Whether it will not go on.
  package var isOver: Bool { outcome != .interrupted }

  private static func finite(_ value: Double?) -> Double? { value.flatMap { $0.isFinite ? $0 : nil } }
}
