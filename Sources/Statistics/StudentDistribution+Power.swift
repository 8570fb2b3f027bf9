#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension StudentDistribution {
  /// The chance that a two-sided t test at the 5 % level finds a mean that is truly `effect` standard deviations from zero,
  /// with `count` values.
  ///
  /// T = (Z + δ) ÷ U with δ = effect·√n and U = √(χ²_ν ÷ ν), ν = n − 1, is noncentral t, so the chance is the mean of
  /// Φ(δ − tU) + Φ(−δ − tU) over U, t the 95 % point: Simpson's rule over U, whose density ∝ u^(ν−1)·exp(−νu² ÷ 2) is
  /// normalised by the same rule.
  ///
  /// - Parameter count: n ≥ 2.
  package static func power(effect: Double, count: Int) -> Double {
    precondition(count >= 2, "the power of a t test of \(count) values")
    let freedom = Double(count - 1)
    let shift = effect.magnitude * Double(count).squareRoot()
    let limit = quantile(degreesOfFreedom: count - 1)
    let width = 12 / (2 * freedom).squareRoot()
    let (first, last) = (max(1e-9, 1 - width), 1 + width)
    let intervals = 1000
    let step = (last - first) / Double(intervals)
    var (sum, norm) = (0.0, 0.0)
    for index in 0...intervals {
      let u = first + Double(index) * step
      let isEnd = index == 0 || index == intervals
      let weight: Double = isEnd ? 1 : index.isMultiple(of: 2) ? 2 : 4
      // Near 1 at u = 1, where the density is about greatest, so that nothing overflows.
      let exponent: Double = (freedom - 1) * log(u) - freedom * (u * u - 1) / 2
      let density: Double = weight * exp(exponent)
      norm += density
      let found = cumulative(shift - limit * u) + cumulative(-shift - limit * u)
      sum += density * found
    }
    return sum / norm
  }

  /// Φ: P(Z ≤ x).
  private static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }
}
