/// How many times sooner a batch reaches the target than the smallest one.
public struct SweepSpeedup: Codable, Sendable, Equatable {
  /// B.
  public var batch: Int
  /// Ratio of median steps.
  public var steps: Double
  /// Ratio of median training seconds.
  public var seconds: Double
  /// Least and greatest ratio of a seed's steps to the same seed's at the smallest batch.
  public var stepsLow: Double
  public var stepsHigh: Double
  /// The same of seconds.
  public var secondsLow: Double
  public var secondsHigh: Double

  /// A speedup; by default without spread.
  public init(
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
