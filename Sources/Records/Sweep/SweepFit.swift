/// Steps against samples: (S/S_min − 1)(E/E_min − 1) = 1 (McCandlish et al. 2018, §2.3), that is
/// S = S_min (1 + B_crit/B) and E = S·B = E_min (1 + B/B_crit) with B_crit = E_min/S_min.
package struct SweepFit: Codable, Sendable, Equatable {
  /// S_min: steps that no batch can save.
  package var minimumSteps: Double
  /// E_min: samples that no number of steps can save.
  package var minimumSamples: Double
  /// B_crit: the batch that takes twice the least steps and twice the least samples.
  package var criticalBatch: Double
  /// Ends of the 95 % interval of the critical batch; `nil` where there are no points to spare for it.
  package var criticalBatchLow: Double?
  package var criticalBatchHigh: Double?
  /// Root mean square of ln(measured/fitted) over the points.
  package var deviation: Double
  /// Cells that the curve goes through.
  package var points: Int

  /// A curve.
  package init(
    minimumSteps: Double, criticalBatch: Double, criticalBatchLow: Double? = nil, criticalBatchHigh: Double? = nil,
    deviation: Double = 0, points: Int = 0
  ) {
    self.minimumSteps = minimumSteps
    minimumSamples = minimumSteps * criticalBatch
    self.criticalBatch = criticalBatch
    self.criticalBatchLow = criticalBatchLow
    self.criticalBatchHigh = criticalBatchHigh
    self.deviation = deviation
    self.points = points
  }

  /// Steps to target at a batch.
  package func steps(batch: Double) -> Double { minimumSteps * (1 + criticalBatch / batch) }

  /// Samples to target at a batch.
  package func samples(batch: Double) -> Double { minimumSamples * (1 + batch / criticalBatch) }

  /// The regime of a batch.
  package func regime(batch: Double) -> SweepRegime {
    if batch * SweepRegime.factor <= criticalBatch { return .perfectScaling }
    if batch >= criticalBatch * SweepRegime.factor { return .maximalDataParallelism }
    return .diminishingReturns
  }
}
