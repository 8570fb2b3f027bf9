#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Student's t distribution: how far a mean may lie from the truth, where its variance is estimated from few values.
package enum StudentDistribution {
  /// The normal distribution's two-sided 95 % point.
  package static let normal = 1.959963984540054
  /// From here on the expansion in 1/ν is good to seven digits.
  private static let many = 40

  /// The two-sided 95 % point t: P(|T| ≤ t) = 0.95; 12.706 for one degree of freedom, 1.960 for very many.
  ///
  /// Allocates nothing. Few degrees of freedom by bisection of the exact distribution, many by Cornish and Fisher's
  /// expansion (Abramowitz & Stegun, 26.7.5).
  package static func quantile(degreesOfFreedom count: Int) -> Double {
    precondition(count >= 1, "Student's distribution of \(count) degrees of freedom")
    guard count < many else {
      let (z, n) = (normal, Double(count))
      let (z3, z5, z7) = (z * z * z, z * z * z * z * z, z * z * z * z * z * z * z)
      return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n)
        + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n)
    }
    var (low, high) = (normal, 13.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if probability(within: middle, degreesOfFreedom: count) < 0.95 { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// P(|T| ≤ t) as a finite sum over powers of cos θ, tan θ = t ÷ √ν (Abramowitz & Stegun, 26.7.3 and 26.7.4).
  package static func probability(within t: Double, degreesOfFreedom count: Int) -> Double {
    let angle = atan(t / Double(count).squareRoot())
    let (sine, cosine) = (sin(angle), cos(angle))
    let isOdd = !count.isMultiple(of: 2)
    guard count > 1 else { return 2 * angle / .pi }
    var term = isOdd ? cosine : 1
    var sum = term
    var power = isOdd ? 3 : 2
    while power < count {
      term *= Double(power - 1) / Double(power) * cosine * cosine
      sum += term
      power += 2
    }
    return isOdd ? 2 / .pi * (angle + sine * sum) : sine * sum
  }
}
