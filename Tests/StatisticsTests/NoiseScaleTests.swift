import Statistics
import Foundation
import TestSupport
import Testing

@Suite("interval of the noise scale")
struct NoiseScaleTests {
  /// Averages, and the quantile that ratios are refused by.
  private struct Case: CustomStringConvertible {
    var trace: Double
    var norm: Double
    var traceVariance: Double
    var covariance: Double
    var normVariance: Double
    var quantile = 2.0

    var interval: (low: Double, high: Double) {
      NoiseScale.interval(
        trace: trace, norm: norm, traceVariance: traceVariance, covariance: covariance, normVariance: normVariance,
        quantile: quantile)
    }

    /// Whether a test of trΣ − r·|G|² = 0 lets the ratio stand.
    func allows(_ ratio: Double) -> Bool {
      let distance = trace - ratio * norm
      let variance = traceVariance - 2 * ratio * covariance + ratio * ratio * normVariance
      return distance * distance <= quantile * quantile * variance
    }

    /// Negative beyond doubt.
    var isContradiction: Bool {
      norm <= 0 && norm * norm > quantile * quantile * normVariance
        || trace < 0 && trace * trace > quantile * quantile * traceVariance
    }

    var description: String {
      "s \(trace), g \(norm), variances \(traceVariance), \(covariance), \(normVariance), t \(quantile)"
    }
  }

  /// Zero, and 12 decades in steps of half a percent.
  private static let ratios = [0.0] + (0...5541).map { 1e-6 * pow(1.005, Double($0)) }

  /// Every ratio that the test allows lies in the interval, and its ends are the least and the greatest of them.
  private func expectHull(_ one: Case) {
    let (low, high) = one.interval
    if one.isContradiction {
      #expect(low == 0 && high == .infinity, "\(one)")
      return
    }
    let allowed = Self.ratios.filter(one.allows)
    guard let least = allowed.first, let greatest = allowed.last else {
      // Narrower than a step of the grid, or the infinite one alone.
      let isInfinite = one.norm * one.norm <= one.quantile * one.quantile * one.normVariance
      #expect(isInfinite ? high == .infinity : low <= high && high <= low * 1.006, "\(one): \(low), \(high)")
      return
    }
    #expect(low <= least * (1 + 1e-9) && (least < 2e-6 ? low <= least : low > least / 1.006), "\(one): low \(low)")
    // Whether the ratio may be infinite: the same test in the limit.
    if one.norm * one.norm <= one.quantile * one.quantile * one.normVariance {
      #expect(high == .infinity, "\(one): high \(high)")
    } else if high < 1e5 {
      #expect(high >= greatest * (1 - 1e-9) && high < max(greatest, 1e-6) * 1.006, "\(one): high \(high), \(greatest)")
    }
  }

  @Test("is the hull of all ratios that a test allows, found one by one, in every case of the quadratic")
  func bruteForce() {
    var generator = SeededGenerator(seed: 5)
    func number(_ size: Double = 1) -> Double { Double.random(in: -size...size, using: &generator) }
    var signs: [String: Int] = [:]
    for _ in 0..<3000 {
      // A covariance matrix is A·Aᵀ.
      let (a, b, c) = (number(), number(), number())
      let one = Case(
        trace: number(3), norm: number(3), traceVariance: a * a, covariance: a * b, normVariance: b * b + c * c)
      let quadratic = one.norm * one.norm - 4 * one.normVariance
      let constant = one.trace * one.trace - 4 * one.traceVariance
      signs["\(quadratic > 0) \(constant > 0) \(one.trace > 0) \(one.norm > 0)", default: 0] += 1
      expectHull(one)
    }
    #expect(signs.count == 16, "every combination of signs: \(signs)")
  }

  @Test("at the borders of the cases: a = 0, no variance, equal zeros")
  func borders() {
    // a = 0 exactly: 2² = 2²·1.
    for trace in [-3.0, -1, 0, 1, 3] {
      for covariance in [-0.5, 0, 0.5] {
        expectHull(Case(trace: trace, norm: 2, traceVariance: 1, covariance: covariance, normVariance: 1))
        expectHull(Case(trace: trace, norm: -2, traceVariance: 1, covariance: covariance, normVariance: 1))
      }
    }
    let exact = Case(trace: 3, norm: 2, traceVariance: 0, covariance: 0, normVariance: 0).interval
    #expect(exact.low == 1.5 && exact.high == 1.5)
    let nothing = Case(trace: 0, norm: 0, traceVariance: 0, covariance: 0, normVariance: 0).interval
    #expect(nothing.low == 0 && nothing.high == .infinity)
  }

  @Test("a |G|² below zero has no upper end; where small ratios are allowed beside large ones, zero is one of them")
  func negative() {
    // Two negative zeros: once [0, 0] beside a value of infinity.
    let below = Case(trace: 100, norm: -3, traceVariance: 1, covariance: 0, normVariance: 1)
    #expect(!below.allows(0) && below.interval.high == .infinity)
    // a < 0 and b < 0 with positive zeros: [0, r₁] and [r₂, ∞).
    let parted = Case(trace: 0.5, norm: -1, traceVariance: 1, covariance: 1.4, normVariance: 2)
    let inside = Self.ratios.filter { !parted.allows($0) }
    #expect(parted.allows(0) && parted.allows(1e6) && !inside.isEmpty, "the case is not what it should be")
    #expect(parted.interval.low == 0 && parted.interval.high == .infinity)
  }

  @Test(
    "Student's 95 % points are those of the tables",
    arguments: [
      (1, 12.7062), (2, 4.30265), (3, 3.18245), (4, 2.77645), (5, 2.57058), (9, 2.26216), (10, 2.22814),
      (29, 2.04523), (39, 2.02269), (40, 2.02108), (60, 2.00030), (99, 1.98422), (120, 1.97993), (1_000_000, 1.95996),
    ])
  func student(degreesOfFreedom: Int, expected: Double) {
    let quantile = StudentDistribution.quantile(degreesOfFreedom: degreesOfFreedom)
    #expect(abs(quantile - expected) < 1e-5 * expected, "\(quantile)")
  }
}
