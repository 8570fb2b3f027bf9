/// A sweep: trainings to a target over batches, seeds and rules for the learning rate.
public struct SweepRecord: StudyRecord, Equatable {
  public static let kind = StudyKind.sweep

  public var name: String
  public var machine: MachineRecord
  /// Finished cells: rule by rule, by batch, multiple and seed.
  public var points: [SweepPoint]
  /// The first rule's curve; `null` for fewer than two batches that reached the target.
  @NullIfMissing public var fit: SweepFit? = nil
  /// The first rule's speedup against its smallest batch.
  public var speedup: [SweepSpeedup]

  /// What is varied, and what for.
  public var grid: SweepGrid
  /// Every rule's results, in the grid's order.
  public var rules: [SweepRuleRecord]
  /// Digest of `config.json`: a sweep goes on only with the same config.
  public var configurationSHA256: String
  /// `--threads` of the sweep; `nil` leaves them to the config.
  public var threads: Int?
  /// The version that ran.
  public var isothermVersion: String?
  /// When the sweep began, ISO 8601.
  public var startedAt: String?
  /// The config's `data.dataset`.
  public var dataset: String?
  /// Samples of the training set, and of the test set.
  public var trainSamples: Int?
  public var testSamples: Int?
  /// What a reader should know of the config.
  public var notes: [String]

  /// A sweep before its first cell.
  public init(name: String, machine: MachineRecord, grid: SweepGrid, configurationSHA256: String) {
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
  public var plannedCells: Int { grid.cells.count }

  /// Whether every cell has finished.
  public var isComplete: Bool { points.count == plannedCells }

  /// Whether some cell reached the target.
  public var hasReached: Bool { points.contains { $0.reached } }

  public var table: CSVTable {
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
