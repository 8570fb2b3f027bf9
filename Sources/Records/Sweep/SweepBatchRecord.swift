/// One batch of a sweep, over its seeds, at its best multiple of the learning rate.
package struct SweepBatchRecord: Codable, Sendable, Equatable {
  /// B.
  package var batch: Int
  /// The multiple with which most seeds reached the target, and then in the fewest steps.
  package var learningRate: Double
  /// η of that multiple after warmup.
  package var scaledLearningRate: Double
  /// Finished cells with that multiple, and how they ended.
  package var seeds: Int
  package var reachedSeeds: Int
  package var divergedSeeds: Int
  /// Over the seeds that reached the target, where they are at least half of all.
  package var steps: SweepSpread?
  package var samples: SweepSpread?
  package var seconds: SweepSpread?
  /// Last test accuracy of each cell that did not diverge; where cells use their whole budget, this compares them.
  package var testAccuracy: SweepMean?
  /// Last test loss of each cell that did not diverge.
  package var testLoss: SweepMean?
  /// Best test accuracy of each cell that did not diverge.
  package var bestTestAccuracy: SweepMean?
  /// Least test loss of each cell that did not diverge.
  package var bestTestLoss: SweepMean?
  /// Median of the cells' noise scales, infinite ones included; `nil` where none was measured or it is infinite.
  package var noiseScale: Double?
  /// Cells that measured a noise scale, and those of them for which it came out infinite.
  package var noiseScaleCells: Int?
  package var infiniteNoiseScales: Int?
  /// Where the batch stands on the fitted curve.
  package var regime: SweepRegime?

  /// A batch without any cell that reached the target.
  package init(batch: Int, learningRate: Double, scaledLearningRate: Double, seeds: Int, reached: Int, diverged: Int) {
    self.batch = batch
    self.learningRate = learningRate
    self.scaledLearningRate = scaledLearningRate
    self.seeds = seeds
    reachedSeeds = reached
    divergedSeeds = diverged
  }

  /// ``noiseScale``, infinity included; `nil` where it was not measured.
  package var measuredNoiseScale: Double? { noiseScale ?? ((infiniteNoiseScales ?? 0) > 0 ? .infinity : nil) }
}
