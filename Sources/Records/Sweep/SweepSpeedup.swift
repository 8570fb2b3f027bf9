/// How many times sooner a batch reaches the target than the smallest one.
package struct SweepSpeedup: Codable, Sendable, Equatable {
  /// B.
  package var batch: Int
  /// Ratio of median steps.
  package var steps: Double
  /// Ratio of median training seconds.
  package var seconds: Double
  /// Least and greatest ratio of a seed's steps to the same seed's at the smallest batch.
  package var stepsLow: Double
  package var stepsHigh: Double
  /// The same of seconds.
  package var secondsLow: Double
  package var secondsHigh: Double

  /// A speedup; by default without spread.
  package init(
    batch: Int, steps: Double, seconds: Double, stepsRange: ClosedRange<Double>? = nil,
    secondsRange: ClosedRange<Double>? = nil
  ) {
    self.batch = batch
    self.steps = steps
    self.seconds = seconds
    stepsLow = stepsRange?.lowerBound ?? steps
    stepsHigh = stepsRange?.upperBound ?? steps
    secondsLow = secondsRange?.lowerBound ?? seconds
    secondsHigh = secondsRange?.upperBound ?? seconds
  }
}
