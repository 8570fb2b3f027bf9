/// What one batch's shard gradients say about the gradient and its noise, without bias.
///
/// With shard sums S_j over b_j samples, B = Σ b_j, G the true gradient of the mean loss and Σ the covariance of one
/// sample's gradient: E|S_j|² = b_j²|G|² + b_j·trΣ and E|Σ S_j|² = B²|G|² + B·trΣ. Solved for both:
///
///     |G|² = (|Σ S_j|² − Σ|S_j|²) ÷ (B² − Σ b_j²)
///     trΣ  = (Σ|S_j|² − |G|²·Σ b_j²) ÷ B
///
/// For equal shards these are McCandlish et al. 2018, appendix A.1, with k batches of b samples against one of k·b.
/// Each is unbiased, their ratio is not: average both first, then divide (``NoiseScale``).
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
  /// - Returns: `nil` for a single shard, which says nothing about noise, and for squares that are not finite.
  public init?(squaredNormOfSum: Double, sumOfSquaredNorms: Double, samples: Int, squaredShardSamples: Int) {
    let batch = Double(samples)
    let squares = Double(squaredShardSamples)
    guard batch * batch > squares, (squaredNormOfSum + sumOfSquaredNorms).isFinite else { return nil }
    gradientSquaredNorm = (squaredNormOfSum - sumOfSquaredNorms) / (batch * batch - squares)
    covarianceTrace = (sumOfSquaredNorms - gradientSquaredNorm * squares) / batch
  }
}

/// The gradient noise scale B_simple = trΣ ÷ |G|² with its interval: about the batch up to which a larger one pays
/// (McCandlish et al. 2018, §2.2).
public struct NoiseScale: Sendable, Equatable {
  /// trΣ ÷ |G|², in samples; infinite where |G|² came out as zero or less.
  public var value: Double
  /// The 95 % interval (Fieller 1954); `high` is infinite where |G|² cannot be told from zero.
  public var low: Double
  public var high: Double
  /// The average |G|².
  public var gradientSquaredNorm: Double
  /// The average trΣ.
  public var covarianceTrace: Double
}

/// Weighted averages of ``GradientNoise`` over steps, with what an interval needs. A value of fixed size: adding
/// allocates nothing.
public struct NoiseAverage: Sendable, Equatable, Codable {
  /// Share of the old average that stays at each step; 1 weighs all steps alike.
  public let memory: Double
  /// Steps averaged.
  public private(set) var count = 0
  private var weight = 0.0
  private var squaredWeight = 0.0
  private var trace = 0.0
  private var norm = 0.0
  private var traceTrace = 0.0
  private var traceNorm = 0.0
  private var normNorm = 0.0

  /// An average of nothing yet; `memory` 0.99 looks back over some hundred steps.
  public init(memory: Double) {
    precondition(memory > 0 && memory <= 1, "a memory of \(memory)")
    self.memory = memory
  }

  /// Adds a step; values that are not finite are left out.
  public mutating func add(_ noise: GradientNoise) {
    let (s, g) = (noise.covarianceTrace, noise.gradientSquaredNorm)
    guard s.isFinite, g.isFinite else { return }
    count += 1
    func fade(_ sum: inout Double, _ value: Double) { sum = memory * sum + value }
    fade(&weight, 1)
    squaredWeight = memory * memory * squaredWeight + 1
    fade(&trace, s)
    fade(&norm, g)
    fade(&traceTrace, s * s)
    fade(&traceNorm, s * g)
    fade(&normNorm, g * g)
  }

  /// The noise scale of the averages; `nil` before two steps.
  public var noiseScale: NoiseScale? {
    guard count >= 2 else { return nil }
    let (s, g) = (trace / weight, norm / weight)
    // Variance of a weighted mean of independent steps.
    let factor = squaredWeight / (weight * weight) / (1 - squaredWeight / (weight * weight))
    let interval = Self.fieller(
      s, g, ss: max(0, traceTrace / weight - s * s) * factor, sg: (traceNorm / weight - s * g) * factor,
      gg: max(0, normNorm / weight - g * g) * factor)
    return NoiseScale(
      value: g > 0 ? max(0, s) / g : .infinity, low: interval.low, high: interval.high, gradientSquaredNorm: g,
      covarianceTrace: s)
  }

  /// All ratios r with (s − r·g)² ≤ 1.96²·Var(s − r·g), cut to what is not negative.
  private static func fieller(_ s: Double, _ g: Double, ss: Double, sg: Double, gg: Double) -> (
    low: Double, high: Double
  ) {
    let z = 1.96 * 1.96
    // a·r² − 2·b·r + c ≤ 0.
    let (a, b, c) = (g * g - z * gg, s * g - z * sg, s * s - z * ss)
    let discriminant = b * b - a * c
    guard discriminant >= 0 else { return (0, .infinity) }
    let root = discriminant.squareRoot()
    if a > 0 { return (max(0, (b - root) / a), max(0, (b + root) / a)) }
    // |G|² cannot be told from zero: the ratio has no upper end.
    let low = a < 0 ? (b + root) / a : (b > 0 ? c / (2 * b) : 0)
    let other = a < 0 ? (b - root) / a : low
    return (max(0, min(low, other) > 0 ? min(low, other) : max(low, other)), .infinity)
  }
}
