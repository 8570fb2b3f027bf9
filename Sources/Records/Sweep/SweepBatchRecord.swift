/// One batch of a sweep, over its seeds, at its best multiple of the learning rate.
public struct SweepBatchRecord: Codable, Sendable, Equatable {
  /// B.
  public var batch: Int
  /// The multiple with which most seeds reached the target, and then in the fewest steps.
  public var learningRate: Double
  /// η of that multiple after warmup.
  public var scaledLearningRate: Double
  /// Finished cells with that multiple, and how they ended.
  public var seeds: Int
  public var reachedSeeds: Int
  public var divergedSeeds: Int
  /// Over the seeds that reached the target, where they are at least half of all.
  public var steps: SweepSpread?
  public var samples: SweepSpread?
  public var seconds: SweepSpread?
  /// Last test accuracy of each cell that did not diverge; where cells use their whole budget, this compares them.
  public var testAccuracy: SweepMean?
  /// Last test loss of each cell that did not diverge.
  public var testLoss: SweepMean?
  /// Best test accuracy of each cell that did not diverge.
  public var bestTestAccuracy: SweepMean?
  /// Least test loss of each cell that did not diverge.
  public var bestTestLoss: SweepMean?
  /// Median of the cells' noise scales, infinite ones included; `nil` where none was measured or it is infinite.
  public var noiseScale: Double?
  /// Cells that measured a noise scale, and those of them for which it came out infinite.
  public var noiseScaleCells: Int?
  public var infiniteNoiseScales: Int?
  /// Where the batch stands on the fitted curve.
  public var regime: SweepRegime?

  /// A batch without any cell that reached the target.
  public init(batch: Int, learningRate: Double, scaledLearningRate: Double, seeds: Int, reached: Int, diverged: Int) {
    self.batch = batch
    self.learningRate = learningRate
    self.scaledLearningRate = scaledLearningRate
    self.seeds = seeds
    reachedSeeds = reached
    divergedSeeds = diverged
  }

  /// ``noiseScale``, infinity included; `nil` where it was not measured.
  public var measuredNoiseScale: Double? { noiseScale ?? ((infiniteNoiseScales ?? 0) > 0 ? .infinity : nil) }
}
