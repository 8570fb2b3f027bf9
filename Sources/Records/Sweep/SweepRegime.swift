/// The three regimes of Shallue et al. 2018, §4.1.
package enum SweepRegime: String, Codable, Sendable, CaseIterable {
  /// Twice the batch takes almost half the steps: B ≤ B_crit/4, at most 25 % more samples than the least.
  case perfectScaling
  case diminishingReturns
  /// A larger batch hardly saves steps: B ≥ 4 B_crit, at most 25 % more steps than the least.
  case maximalDataParallelism

  /// Distance of the outer regimes from the critical batch.
  package static let factor = 4.0
}
