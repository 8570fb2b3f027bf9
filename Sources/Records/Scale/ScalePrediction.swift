/// What the model expects of a number of threads on a machine with as many cores: more memory nodes of the kind that was
/// measured where it has several, else one memory that all share.
package struct ScalePrediction: Codable, Sendable, Equatable {
  package var threads: Int
  package var batch: Int
  /// k of the config's rule.
  package var shards: Int
  package var stepSeconds: Double
  package var gradientSeconds: Double
  package var reduceSeconds: Double
  package var samplesPerSecond: Double
  /// The least over the fits that leave out one cell each.
  package var samplesPerSecondLow: Double
  /// The greatest one.
  package var samplesPerSecondHigh: Double
  /// Against the measured step of the fewest threads at this batch.
  package var speedup: Double
  /// What keeps it from twice the speed of half as many threads.
  package var limit: ScaleLimit.Reason
  /// Another number of shards that would be faster by 5 % or more, and how fast.
  package var moreShards: MoreShards?
  /// Memory nodes that the threads are spread over; `nil` on a machine of one.
  package var nodes: Int?

  /// A better number of shards.
  package struct MoreShards: Codable, Sendable, Equatable {
    package var shards: Int
    package var samplesPerSecond: Double

    package init(shards: Int, samplesPerSecond: Double) {
      self.shards = shards
      self.samplesPerSecond = samplesPerSecond
    }
  }

  package init(
    threads: Int, batch: Int, shards: Int, gradientSeconds: Double, reduceSeconds: Double,
    samplesPerSecondLow: Double, samplesPerSecondHigh: Double, speedup: Double, limit: ScaleLimit.Reason,
    moreShards: MoreShards? = nil
  ) {
    self.threads = threads
    self.batch = batch
    self.shards = shards
    self.gradientSeconds = gradientSeconds
    self.reduceSeconds = reduceSeconds
    stepSeconds = gradientSeconds + reduceSeconds
    samplesPerSecond = Double(batch) / stepSeconds
    self.samplesPerSecondLow = samplesPerSecondLow
    self.samplesPerSecondHigh = samplesPerSecondHigh
    self.speedup = speedup
    self.limit = limit
    self.moreShards = moreShards
  }
}
