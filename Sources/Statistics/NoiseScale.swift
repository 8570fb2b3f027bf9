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

extension NoiseScale {
  /// The noise scale of two averages.
  ///
  /// - Parameters:
  ///   - traceVariance, covariance, normVariance: of the averages themselves, not of single values.
  ///   - degreesOfFreedom: that the variances were estimated from.
  package init(
    covarianceTrace: Double, gradientSquaredNorm: Double, traceVariance: Double, covariance: Double,
    normVariance: Double, degreesOfFreedom: Int
  ) {
    let interval = Self.interval(
      trace: covarianceTrace, norm: gradientSquaredNorm, traceVariance: traceVariance, covariance: covariance,
      normVariance: normVariance, quantile: StudentDistribution.quantile(degreesOfFreedom: degreesOfFreedom))
    let value = gradientSquaredNorm > 0 ? max(0, covarianceTrace) / gradientSquaredNorm : .infinity
    // Where all steps are alike, rounding alone parts the three.
    self.init(
      value: value, low: min(interval.low, value), high: max(interval.high, value),
      gradientSquaredNorm: gradientSquaredNorm, covarianceTrace: covarianceTrace)
  }

  /// From the least to the greatest ratio r ≥ 0 with (s − r·g)² ≤ t²·Var(s − r·g), infinity included: the ratios that a
  /// test with the quantile t does not refuse, where s and g are the averages of trΣ and |G|².
  ///
  /// The inequality is f(r) = a·r² − 2·b·r + c ≤ 0. `a` says whether |G|² differs from zero: if it does not (a ≤ 0), the
  /// ratio has no upper end; c ≤ 0 says that zero is among the ratios. Averages that contradict what they estimate, a
  /// |G|² or trΣ that is negative beyond doubt, tell nothing: from zero to infinity.
  package static func interval(
    trace: Double, norm: Double, traceVariance: Double, covariance: Double, normVariance: Double, quantile: Double
  ) -> (low: Double, high: Double) {
    let squared = quantile * quantile
    let a = norm * norm - squared * normVariance
    let b = trace * norm - squared * covariance
    let c = trace * trace - squared * traceVariance
    let isContradiction = norm <= 0 && a > 0 || trace < 0 && c > 0
    guard !isContradiction, a.isFinite, b.isFinite, c.isFinite else { return (0, .infinity) }
    guard a != 0 else {
      // A line: f falls, and all ratios from its zero on are left, or only small ones and the infinite.
      return (b > 0 && c > 0 ? c / (2 * b) : 0, .infinity)
    }
    let discriminant = b * b - a * c
    // No zero: below zero everywhere, or (a > 0, where f(s ÷ g) ≤ 0) two that rounding has taken.
    guard discriminant >= 0 else { return a > 0 ? (max(0, b / a), max(0, b / a)) : (0, .infinity) }
    // Neither zero is the difference of two numbers that are alike.
    let larger = b >= 0 ? b + discriminant.squareRoot() : b - discriminant.squareRoot()
    let (one, other) = (larger / a, larger == 0 ? 0 : c / larger)
    let (least, greatest) = (min(one, other), max(one, other))
    if a > 0 { return (max(0, least), max(0, greatest)) }
    // a < 0: everything but what lies between the zeros. From zero on, unless zero lies there.
    return (c > 0 ? max(0, greatest) : 0, .infinity)
  }
}
