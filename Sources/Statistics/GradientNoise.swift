/// What one batch's shard gradients say about the gradient and its noise, without bias.
///
/// With shard sums S_j over b_j samples, B = Σ b_j, G the true gradient of the mean loss and Σ the covariance of one
/// sample's gradient: E|S_j|² = b_j²|G|² + b_j·trΣ and E|Σ S_j|² = B²|G|² + B·trΣ. Solved for both:
///
///     |G|² = (|Σ S_j|² − Σ|S_j|²) ÷ (B² − Σ b_j²)
///     trΣ  = (Σ|S_j|² − |G|²·Σ b_j²) ÷ B
///
/// For equal shards these are McCandlish et al. 2018, appendix A.1, with k batches of b samples against one of k·b.
/// Each is unbiased for independent draws; their ratio is not: average both first, then divide (`NoiseWindow`).
///
/// A shuffled epoch draws without replacement from N samples, which makes two samples of a batch a little unlike:
/// E[g_i·g_k] = |G|² − trΣ ÷ (N − 1) for i ≠ k, while E|g_i|² = |G|² + trΣ stays. So the two lines above estimate
/// |G|² − trΣ ÷ (N − 1) and trΣ·N ÷ (N − 1), for shards and last batches of any size, and both are solved for |G|²
/// and trΣ. Where the noise scale is above N, the first of them is negative.
public struct GradientNoise: Sendable, Equatable, BitwiseCopyable {
  /// Estimate of |G|²; may be negative.
  public var gradientSquaredNorm: Double
  /// Estimate of trΣ; may be negative.
  public var covarianceTrace: Double

  /// The estimates of given numbers.
  public init(gradientSquaredNorm: Double, covarianceTrace: Double) {
    self.gradientSquaredNorm = gradientSquaredNorm
    self.covarianceTrace = covarianceTrace
  }

  /// The estimates from the squared norm of the batch's gradient sum and the sum of the shards' squared norms.
  ///
  /// - Parameters:
  ///   - samples: B.
  ///   - squaredShardSamples: Σ b_j².
  ///   - population: N, if the batch was drawn without replacement from N samples, each its own gradient: augmentation
  ///     and dropout add noise between the draws of one sample, of which this takes too much. `nil` for independent
  ///     draws.
  /// - Returns: `nil` for a single shard, which says nothing about noise, and for squares that are not finite.
  public init?(
    squaredNormOfSum: Double, sumOfSquaredNorms: Double, samples: Int, squaredShardSamples: Int,
    drawnFrom population: Int? = nil
  ) {
    let batch = Double(samples)
    let squares = Double(squaredShardSamples)
    guard batch * batch > squares, (squaredNormOfSum + sumOfSquaredNorms).isFinite else { return nil }
    gradientSquaredNorm = (squaredNormOfSum - sumOfSquaredNorms) / (batch * batch - squares)
    covarianceTrace = (sumOfSquaredNorms - gradientSquaredNorm * squares) / batch
    if let population, population > 1 {
      let others = Double(population - 1)
      covarianceTrace *= others / Double(population)
      gradientSquaredNorm += covarianceTrace / others
    }
  }
}
