/// What one cell of a sweep came to.
///
/// The first keys are the contract and always stand in the file, `null` where the target was not reached.
public struct SweepPoint: Codable, Sendable, Equatable {
  /// B.
  public var batch: Int
  /// Multiple of the scaled learning rate, as the grid gives it.
  public var learningRate: Double
  /// The config's `seed` in this cell.
  public var seed: UInt64
  /// Whether an evaluation reached the target.
  public var reached: Bool
  /// Steps done at the first evaluation that reached the target.
  @NullIfMissing public var stepsToTarget: Int? = nil
  /// Training samples seen by then.
  @NullIfMissing public var samplesToTarget: Int? = nil
  /// Seconds in training steps by then, evaluation left out.
  @NullIfMissing public var secondsToTarget: Double? = nil

  /// `linear`, `sqrt` or `none`.
  public var scaling: String
  /// `gradual`, `constant` or `none`.
  public var warmup: String
  /// η after warmup and before decay: reference × multiple × scaling.
  public var scaledLearningRate: Double
  /// `targetReached` if the cell stopped there, `completed` at the end of the budget, or `diverged`.
  public var outcome: RunOutcome
  /// Seconds to the target with the evaluations on the way.
  public var secondsToTargetWithEvaluation: Double?
  /// Steps done.
  public var steps: Int
  /// Training samples seen.
  public var samples: Int
  /// Passes over the training set.
  public var epochs: Double
  /// Seconds in training steps.
  public var trainingSeconds: Double
  /// Seconds in evaluations.
  public var evaluationSeconds: Double
  /// Worker threads.
  public var threads: Int
  /// Mean loss over the last epoch, or over its part that was done.
  public var trainLoss: Double?
  /// The last evaluation.
  public var testLoss: Double?
  public var testAccuracy: Double?
  /// Least test loss of any evaluation.
  public var bestTestLoss: Double?
  /// Greatest test accuracy of any evaluation.
  public var bestTestAccuracy: Double?
  /// The step whose loss was not finite.
  public var divergedAtStep: Int?
  /// The gradient noise scale of the last hundred steps, with the ends of its interval, where the run measures it; no
  /// scale beside a lower end is an infinite one.
  public var noiseScale: Double?
  public var noiseScaleLow: Double?
  public var noiseScaleHigh: Double?
  /// Digest of the weights at the end.
  public var weightsSHA256: String
  /// Mean training loss over stretches of equal length, by the epoch at which each ends.
  public var lossCurve: SweepCurve
  /// Test accuracy of each evaluation, or test loss for a regression.
  public var testCurve: SweepCurve

  /// A point of a cell that has not reached the target; the rest is set afterwards.
  public init(_ cell: SweepCell, scaledLearningRate: Double, outcome: RunOutcome, steps: Int, samples: Int) {
    batch = cell.batch
    learningRate = cell.learningRate
    seed = cell.seed
    scaling = cell.rule.scaling
    warmup = cell.rule.warmup
    reached = false
    self.scaledLearningRate = scaledLearningRate
    self.outcome = outcome
    self.steps = steps
    self.samples = samples
    epochs = 0
    trainingSeconds = 0
    evaluationSeconds = 0
    threads = 1
    weightsSHA256 = ""
    lossCurve = SweepCurve()
    testCurve = SweepCurve()
  }

  /// The cell that the point belongs to.
  public var cell: SweepCell {
    SweepCell(batch: batch, learningRate: learningRate, seed: seed, rule: rule)
  }

  /// ``noiseScale``, infinity included; `nil` where it was not measured.
  public var measuredNoiseScale: Double? { noiseScale ?? noiseScaleLow.map { _ in .infinity } }

  /// How the learning rate follows the batch.
  public var rule: SweepRule { SweepRule(scaling: scaling, warmup: warmup) }
}
