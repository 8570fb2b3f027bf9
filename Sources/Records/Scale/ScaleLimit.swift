/// What a doubling of threads meets at one batch.
package struct ScaleLimit: Codable, Sendable, Equatable {
  /// What keeps a doubling of threads from halving the step.
  package enum Reason: String, Codable, Sendable, CaseIterable {
    /// There are more threads than shards.
    case shards
    /// Shards do not go evenly into threads.
    case loadImbalance
    /// Workers wait for the memory that they share.
    case memoryBandwidth
    /// Summing gradients and updating weights.
    case reduction
    /// Waking workers, and what is done by one thread alone.
    case forkJoin
    /// Ranks wait for what crosses the network.
    case network
    /// It gains 1.9 times or more.
    case nothing
  }

  package var batch: Int
  /// The most threads that were measured within the cores.
  package var threads: Int
  /// Twice as many.
  package var nextThreads: Int
  /// Whether the machine has fewer cores than ``nextThreads``.
  package var exceedsCores: Bool
  /// What the doubling would gain on a machine with as many cores, as a ratio of speeds.
  package var gain: Double
  package var reason: Reason
  /// k.
  package var shards: Int

  package init(
    batch: Int, threads: Int, nextThreads: Int, exceedsCores: Bool, gain: Double, reason: Reason, shards: Int
  ) {
    self.batch = batch
    self.threads = threads
    self.nextThreads = nextThreads
    self.exceedsCores = exceedsCores
    self.gain = gain
    self.reason = reason
    self.shards = shards
  }
}
