/// What one cell of a sweep came to.
///
/// The first keys are the contract and always stand in the file, `null` where the target was not reached.
package struct SweepPoint: Codable, Sendable, Equatable {
  /// B.
  package var batch: Int
  /// Multiple of the scaled learning rate, as the grid gives it.
  package var learningRate: Double
  /// The config's `seed` in this cell.
  package var seed: UInt64
  /// Whether an evaluation reached the target.
  package var reached: Bool
  /// Steps done at the first evaluation that reached the target.
  @NullIfMissing package var stepsToTarget: Int? = nil
  /// Training samples seen by then.
  @NullIfMissing package var samplesToTarget: Int? = nil
  /// Seconds in training steps by then, evaluation left out.
  @NullIfMissing package var secondsToTarget: Double? = nil

  /// `linear`, `sqrt` or `none`.
  package var scaling: String
  /// `gradual`, `constant` or `none`.
  package var warmup: String
  /// η after warmup and before decay: reference × multiple × scaling.
  package var scaledLearningRate: Double
  /// `targetReached` if the cell stopped there, `completed` at the end of the budget, or `diverged`.
  package var outcome: RunOutcome
  /// Seconds to the target with the evaluations on the way.
  package var secondsToTargetWithEvaluation: Double?
  /// Steps done.
  package var steps: Int
  /// Training samples seen.
  package var samples: Int
  /// Passes over the training set.
  package var epochs: Double
  /// Seconds in training steps.
  package var trainingSeconds: Double
  /// Seconds in evaluations.
  package var evaluationSeconds: Double
  /// Worker threads.
  package var threads: Int
  /// Mean loss over the last epoch, or over its part that was done.
  package var trainLoss: Double?
  /// The last evaluation.
  package var testLoss: Double?
  package var testAccuracy: Double?
  /// Least test loss of any evaluation.
  package var bestTestLoss: Double?
  /// Greatest test accuracy of any evaluation.
  package var bestTestAccuracy: Double?
  /// The step whose loss was not finite.
  package var divergedAtStep: Int?
  /// The gradient noise scale of the last hundred steps, with the ends of its interval, where the run measures it; no
  /// scale beside a lower end is an infinite one.
  package var noiseScale: Double?
  package var noiseScaleLow: Double?
  package var noiseScaleHigh: Double?
  /// Digest of the weights at the end.
  package var weightsSHA256: String
  /// Mean training loss over stretches of equal length, by the epoch at which each ends.
  package var lossCurve: SweepCurve
  /// Test accuracy of each evaluation, or test loss for a regression.
  package var testCurve: SweepCurve

  /// A point of a cell that has not reached the target; the rest is set afterwards.
  package init(_ cell: SweepCell, scaledLearningRate: Double, outcome: RunOutcome, steps: Int, samples: Int) {
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
  package var cell: SweepCell {
    SweepCell(batch: batch, learningRate: learningRate, seed: seed, rule: rule)
  }

  /// ``noiseScale``, infinity included; `nil` where it was not measured.
  package var measuredNoiseScale: Double? { noiseScale ?? noiseScaleLow.map { _ in .infinity } }

  /// How the learning rate follows the batch.
  package var rule: SweepRule { SweepRule(scaling: scaling, warmup: warmup) }
}
