/// A sweep: trainings to a target over batches, seeds and rules for the learning rate.
package struct SweepRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.sweep

  package var name: String
  package var machine: MachineRecord
  /// Finished cells: rule by rule, by batch, multiple and seed.
  package var points: [SweepPoint]
  /// The first rule's curve; `null` for fewer than two batches that reached the target.
  @NullIfMissing package var fit: SweepFit? = nil
  /// The first rule's speedup against its smallest batch.
  package var speedup: [SweepSpeedup]

  /// What is varied, and what for.
  package var grid: SweepGrid
  /// Every rule's results, in the grid's order.
  package var rules: [SweepRuleRecord]
  /// Digest of `config.json`: a sweep goes on only with the same config.
  package var configurationSHA256: String
  /// `--threads` of the sweep; `nil` leaves them to the config.
  package var threads: Int?
  /// The version that ran.
  package var isothermVersion: String?
  /// When the sweep began, ISO 8601.
  package var startedAt: String?
  /// The config's `data.dataset`.
  package var dataset: String?
  /// Samples of the training set, and of the test set.
  package var trainSamples: Int?
  package var testSamples: Int?
  /// What a reader should know of the config.
  package var notes: [String]

  /// A sweep before its first cell.
  package init(name: String, machine: MachineRecord, grid: SweepGrid, configurationSHA256: String) {
    self.name = name
    self.machine = machine
    self.grid = grid
    self.configurationSHA256 = configurationSHA256
    points = []
    speedup = []
    rules = []
    notes = []
  }

  /// Cells of the whole grid.
  package var plannedCells: Int { grid.cells.count }

  /// Whether every cell has finished.
  package var isComplete: Bool { points.count == plannedCells }

  /// Whether some cell reached the target.
  package var hasReached: Bool { points.contains { $0.reached } }

  package var table: CSVTable {
    var table = CSVTable(columns: [
      "scaling", "warmup", "batch", "learningRate", "scaledLearningRate", "seed", "outcome", "reached",
      "stepsToTarget", "samplesToTarget", "secondsToTarget", "secondsToTargetWithEvaluation", "steps", "samples",
      "epochs", "trainingSeconds", "evaluationSeconds", "threads", "trainLoss", "testLoss", "testAccuracy",
      "bestTestLoss", "bestTestAccuracy", "divergedAtStep", "noiseScale", "noiseScaleLow", "noiseScaleHigh",
      "weightsSHA256",
    ])
    for point in points {
      table.append([
        point.scaling, point.warmup, point.batch, point.learningRate, point.scaledLearningRate, point.seed,
        point.outcome.rawValue, point.reached, point.stepsToTarget, point.samplesToTarget, point.secondsToTarget,
        point.secondsToTargetWithEvaluation, point.steps, point.samples, point.epochs, point.trainingSeconds,
        point.evaluationSeconds, point.threads, point.trainLoss, point.testLoss, point.testAccuracy,
        point.bestTestLoss, point.bestTestAccuracy, point.divergedAtStep, point.noiseScale, point.noiseScaleLow,
        point.noiseScaleHigh, point.weightsSHA256,
      ])
    }
    return table
  }
}
