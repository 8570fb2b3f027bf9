/// What a sweep says of one rule for the learning rate, at the best multiple for each batch.
public struct SweepRuleRecord: Codable, Sendable, Equatable {
  public var scaling: String
  public var warmup: String
  /// Every batch with a finished cell, rising.
  public var batches: [SweepBatchRecord]
  /// The curve through the batches that reached the target; `nil` for fewer than two.
  public var fit: SweepFit?
  /// Against the smallest batch that reached the target; empty without one.
  public var speedup: [SweepSpeedup]

  /// A rule's results.
  public init(_ rule: SweepRule, batches: [SweepBatchRecord], fit: SweepFit?, speedup: [SweepSpeedup]) {
    scaling = rule.scaling
    warmup = rule.warmup
    self.batches = batches
    self.fit = fit
    self.speedup = speedup
  }

  public var rule: SweepRule { SweepRule(scaling: scaling, warmup: warmup) }
}

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

/// Median, least and greatest of some values.
public struct SweepSpread: Codable, Sendable, Equatable {
  public var median: Double
  public var low: Double
  public var high: Double

  /// The spread of values; `nil` for none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    low = sorted[0]
    high = sorted[sorted.count - 1]
  }
}

/// Mean and standard deviation of some values.
public struct SweepMean: Codable, Sendable, Equatable {
  public var mean: Double
  /// With n − 1 below; `nil` for a value alone.
  public var deviation: Double?

  /// The mean of values; `nil` for none.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}
