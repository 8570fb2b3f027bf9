/// What a sweep says of one rule for the learning rate, at the best multiple for each batch.
package struct SweepRuleRecord: Codable, Sendable, Equatable {
  package var scaling: String
  package var warmup: String
  /// Every batch with a finished cell, rising.
  package var batches: [SweepBatchRecord]
  /// The curve through the batches that reached the target; `nil` for fewer than two.
  package var fit: SweepFit?
  /// Against the smallest batch that reached the target; empty without one.
  package var speedup: [SweepSpeedup]

  /// A rule's results.
  package init(_ rule: SweepRule, batches: [SweepBatchRecord], fit: SweepFit?, speedup: [SweepSpeedup]) {
    scaling = rule.scaling
    warmup = rule.warmup
    self.batches = batches
    self.fit = fit
    self.speedup = speedup
  }

  package var rule: SweepRule { SweepRule(scaling: scaling, warmup: warmup) }
}
