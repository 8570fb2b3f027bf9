import Kernels
import Models

/// Where one shard leaves what its samples add up to.
package struct ShardSums {
  /// Sums of the samples' gradients: `parameterCount` floats, or those without the factored weights.
  package let gradient: Floats
  /// Sums of the microbatches' batch-norm statistics, times b ÷ n for one of b samples; `nil` if nobody wants them.
  package let statistics: Floats?
  /// Where dense layers leave the factors of their weights' gradients instead.
  package let factors: ShardFactors?

  package init(gradient: Floats, statistics: Floats? = nil, factors: ShardFactors? = nil) {
    self.gradient = gradient
    self.statistics = statistics
    self.factors = factors
  }
}
