/// Adam's constants at another batch size, by the square-root rule of Malladi et al. 2022.
///
/// With κ = batch ÷ referenceBatch: 1 − β → κ·(1 − β) for both β, and ε → ε ÷ √κ; the learning rate's √κ is the
/// schedule's part. A β that would fall below 0 stays at 0: beyond κ = 1 ÷ (1 − β) there is nothing left to average.
package struct AdamScaling: Sendable, Equatable {
  /// Decay of the first moment, 0 ≤ β1 < 1.
  package let beta1: Double
  /// Decay of the second moment, 0 ≤ β2 < 1.
  package let beta2: Double
  /// Added to the root of the second moment.
  package let epsilon: Double

  /// The constants of `keys`, which hold for a ratio of 1, at `batchRatio` > 0.
  package init(_ keys: AdamConfiguration, batchRatio: Double) {
    precondition(batchRatio > 0, "a batch ratio of \(batchRatio)")
    // At a ratio of 1 the constants stay as given, to the bit.
    beta1 = batchRatio == 1 ? keys.beta1 : max(0, 1 - batchRatio * (1 - keys.beta1))
    beta2 = batchRatio == 1 ? keys.beta2 : max(0, 1 - batchRatio * (1 - keys.beta2))
    epsilon = keys.epsilon / batchRatio.squareRoot()
  }
}
