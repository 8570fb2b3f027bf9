/// What the model expects of a number of threads on a machine with as many cores, which share one memory.
public struct ScalePrediction: Codable, Sendable, Equatable {
  public var threads: Int
  public var batch: Int
  /// k of the config's rule.
  public var shards: Int
  public var stepSeconds: Double
  public var gradientSeconds: Double
  public var reduceSeconds: Double
  public var samplesPerSecond: Double
  /// The least over the fits that leave out one cell each.
  public var samplesPerSecondLow: Double
  /// The greatest one.
  public var samplesPerSecondHigh: Double
  /// Against the measured step of the fewest threads at this batch.
  public var speedup: Double
  /// What keeps it from twice the speed of half as many threads.
  public var limit: ScaleLimit.Reason
  /// Another number of shards that would be faster by 5 % or more, and how fast.
  public var moreShards: MoreShards?

  /// A better number of shards.
  public struct MoreShards: Codable, Sendable, Equatable {
    public var shards: Int
    public var samplesPerSecond: Double

    public init(shards: Int, samplesPerSecond: Double) {
      self.shards = shards
      self.samplesPerSecond = samplesPerSecond
    }
  }

  public init(
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
