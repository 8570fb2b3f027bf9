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
  public var stepsToTarget: Int?
  /// Training samples seen by then.
  public var samplesToTarget: Int?
  /// Seconds in training steps by then, evaluation left out.
  public var secondsToTarget: Double?

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

/// A thinned curve over epochs.
public struct SweepCurve: Codable, Sendable, Equatable {
  /// Passes over the training set, rising.
  public var epochs: [Double]
  public var values: [Double]

  /// A curve of as many values as epochs.
  public init(epochs: [Double] = [], values: [Double] = []) {
    precondition(epochs.count == values.count, "\(values.count) values at \(epochs.count) epochs")
    self.epochs = epochs
    self.values = values
  }
}

extension SweepPoint {
  /// Writes the contract's keys always, and the others where they are known.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(batch, forKey: .batch)
    try values.encode(learningRate, forKey: .learningRate)
    try values.encode(seed, forKey: .seed)
    try values.encode(reached, forKey: .reached)
    try values.encode(stepsToTarget, forKey: .stepsToTarget)
    try values.encode(samplesToTarget, forKey: .samplesToTarget)
    try values.encode(secondsToTarget, forKey: .secondsToTarget)

    try values.encode(scaling, forKey: .scaling)
    try values.encode(warmup, forKey: .warmup)
    try values.encode(scaledLearningRate, forKey: .scaledLearningRate)
    try values.encode(outcome, forKey: .outcome)
    try values.encodeIfPresent(secondsToTargetWithEvaluation, forKey: .secondsToTargetWithEvaluation)
    try values.encode(steps, forKey: .steps)
    try values.encode(samples, forKey: .samples)
    try values.encode(epochs, forKey: .epochs)
    try values.encode(trainingSeconds, forKey: .trainingSeconds)
    try values.encode(evaluationSeconds, forKey: .evaluationSeconds)
    try values.encode(threads, forKey: .threads)
    try values.encodeIfPresent(trainLoss, forKey: .trainLoss)
    try values.encodeIfPresent(testLoss, forKey: .testLoss)
    try values.encodeIfPresent(testAccuracy, forKey: .testAccuracy)
    try values.encodeIfPresent(bestTestLoss, forKey: .bestTestLoss)
    try values.encodeIfPresent(bestTestAccuracy, forKey: .bestTestAccuracy)
    try values.encodeIfPresent(divergedAtStep, forKey: .divergedAtStep)
    try values.encodeIfPresent(noiseScale, forKey: .noiseScale)
    try values.encodeIfPresent(noiseScaleLow, forKey: .noiseScaleLow)
    try values.encodeIfPresent(noiseScaleHigh, forKey: .noiseScaleHigh)
    try values.encode(weightsSHA256, forKey: .weightsSHA256)
    try values.encode(lossCurve, forKey: .lossCurve)
    try values.encode(testCurve, forKey: .testCurve)
  }
}
