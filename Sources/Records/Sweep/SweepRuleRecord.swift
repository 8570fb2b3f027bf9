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
