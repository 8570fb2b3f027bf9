/// The cost model of a step that was fitted to a grid of cells, and how far it can be trusted.
public struct ScaleModelRecord: Codable, Sendable, Equatable {
  /// The parts of a step's cost.
  public enum Term: String, Codable, Sendable, CaseIterable {
    /// Seconds a sample of the busiest worker.
    case sample
    /// Seconds a microbatch of the busiest worker, beside its samples.
    case microbatch
    /// Seconds that each sample of another worker adds meanwhile: the memory is shared.
    case sharedSample
    /// Seconds before the first gradient that no thread shortens.
    case gradientConstant
    /// Seconds for each worker that a fork-join wakes.
    case wake
    /// Seconds a byte that the busiest worker moves in the reduction.
    case byte
    /// Seconds that each byte of another worker adds meanwhile.
    case sharedByte
    /// Seconds of the update that no thread shortens.
    case reduceConstant
  }

  /// One fitted number.
  public struct Parameter: Codable, Sendable, Equatable {
    public var term: Term
    /// Never negative.
    public var seconds: Double
    /// The least value over the fits that leave out one cell each.
    public var low: Double
    /// The greatest one.
    public var high: Double
    /// Whether the grid could tell this part from the others; if not, its value is 0 and its cost lies in others.
    public var isTold: Bool

    public init(term: Term, seconds: Double, low: Double, high: Double, isTold: Bool) {
      self.term = term
      self.seconds = seconds
      self.low = low
      self.high = high
      self.isTold = isTold
    }
  }

  public var parameters: [Parameter]
  /// Cells that were fitted: those with threads within the cores.
  public var fittedCells: Int
  /// Thread counts among them.
  public var fittedThreads: [Int]
  /// Batches among them.
  public var fittedBatches: [Int]
  /// Median of the error on cells left out, as a share of the measured step time; `nil` for a single cell.
  public var medianHeldOutError: Double?
  /// The worst of them.
  public var worstHeldOutError: Double?

  public init(parameters: [Parameter], fittedCells: Int, fittedThreads: [Int], fittedBatches: [Int]) {
    self.parameters = parameters
    self.fittedCells = fittedCells
    self.fittedThreads = fittedThreads
    self.fittedBatches = fittedBatches
  }
}

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

/// What a doubling of threads meets at one batch.
public struct ScaleLimit: Codable, Sendable, Equatable {
  /// What keeps a doubling of threads from halving the step.
  public enum Reason: String, Codable, Sendable, CaseIterable {
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
    /// It gains 1.9 times or more.
    case nothing
  }

  public var batch: Int
  /// The most threads that were measured within the cores.
  public var threads: Int
  /// Twice as many.
  public var nextThreads: Int
  /// Whether the machine has fewer cores than ``nextThreads``.
  public var exceedsCores: Bool
  /// What the doubling would gain on a machine with as many cores, as a ratio of speeds.
  public var gain: Double
  public var reason: Reason
  /// k.
  public var shards: Int

  public init(
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
