import Statistics
import Foundation
import TestSupport
import Testing

/// Series with known statistics.
enum Series {
  /// x_{t+1} = φ·x_t + √(1 − φ²)·normal: mean 0, deviation 1, τ = (1 + φ) ÷ (1 − φ).
  static func autoregressive(_ phi: Double, count: Int, seed: UInt64, start: Double? = nil) -> [Double] {
    var generator = SeededGenerator(seed: seed)
    func normal() -> Double {
      let (a, b) = (Double.random(in: 1e-12..<1, using: &generator), Double.random(in: 0..<1, using: &generator))
      return (-2 * log(a)).squareRoot() * cos(2 * .pi * b)
    }
    var x = start ?? normal()
    return (0..<count).map { _ in
      defer { x = phi * x + (1 - phi * phi).squareRoot() * normal() }
      return x
    }
  }
}

@Suite("Statistics of correlated series")
struct StatisticsTests {
  @Test(
    "an AR(1) series has the autocorrelation time (1 + φ) ÷ (1 − φ), mean 0 and deviation 1",
    arguments: [0.0, 0.5, 0.9])
  func autocorrelation(phi: Double) {
    let series = SeriesStatistics(Series.autoregressive(phi, count: 40_000, seed: 3))
    let expected = (1 + phi) / (1 - phi)
    #expect(abs(series.correlationTime / expected - 1) < 0.15, "\(series.correlationTime)")
    #expect(abs(series.mean) < 4 * (expected / 40_000).squareRoot())
    #expect(abs(series.deviation - 1) < 5 * series.deviationError && series.deviationError < 0.03)
  }

  @Test("the errors of mean and deviation are those seen over many series")
  func errors() {
    let all = (0..<200).map { SeriesStatistics(Series.autoregressive(0.8, count: 2000, seed: UInt64($0))) }
    func spread(_ values: [Double]) -> Double {
      let mean = values.reduce(0, +) / 200
      return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 199).squareRoot()
    }
    let meanError = all.reduce(0) { $0 + $1.meanError } / 200
    let deviationError = all.reduce(0) { $0 + $1.deviationError } / 200
    // A spread of 200 values is known to 5 %.
    #expect(abs(spread(all.map(\.mean)) / meanError - 1) < 0.2)
    #expect(abs(spread(all.map(\.deviation)) / deviationError - 1) < 0.2)
  }

  /// Two laws of a normal series: itself, and its square, which is skewed as losses are.
  private static let laws: [@Sendable (Double) -> Double] = [{ $0 }, { $0 * $0 }]

  @Test(
    "independent chains of one law are as far apart as their autocorrelation says",
    arguments: [(0.0, 0.0), (0.7, 0.7), (0.95, 0.95), (0.5, 0.95)])
  func fluctuation(first: Double, second: Double) {
    for (place, law) in Self.laws.enumerated() {
      var seed = UInt64(1000 * place)
      func chain(_ phi: Double, _ count: Int) -> [Double] {
        seed += 1
        return Series.autoregressive(phi, count: count, seed: seed).map(law)
      }
      // Lengths that differ too: about a hundred independent values in the slow ones.
      let (counts, pairs) = ((3000, 4000), 400)
      // Slow chains are known less well, and cost less.
      let estimates = max(first, second) > 0.9 ? 24 : 6
      let seen =
        (0..<pairs).reduce(0.0) { sum, _ in
          sum
            + EmpiricalDistribution(chain(first, counts.0)).distance(to: EmpiricalDistribution(chain(second, counts.1)))
        } / Double(pairs)
      let expected =
        (0..<estimates).reduce(0.0) { sum, pair in
          let (one, other) = (chain(first, counts.0), chain(second, counts.1))
          let fluctuations = [one, other].enumerated().map { index, values in
            SamplingFluctuation(
              values, correlationTime: SeriesStatistics(values).correlationTime, seed: UInt64(2 * pair + index))
          }
          return sum + fluctuations[0].expectedDistance(to: fluctuations[1])
        } / Double(estimates)
      // 400 distances have a mean known to 2 %.
      #expect(abs(expected / seen - 1) < 0.12, "law \(place): \(expected) expected, \(seen) seen")
    }
  }

  @Test("the fluctuation of few, equal or endless values is a number")
  func degenerateFluctuation() {
    let one = SamplingFluctuation([3.0], correlationTime: 1, seed: 1)
    let constant = SamplingFluctuation([Double](repeating: 2, count: 50), correlationTime: 1, seed: 2)
    let strange = SamplingFluctuation([1, .infinity, 2, 5, .nan, 3], correlationTime: .nan, seed: 3)
    #expect(constant.expectedDistance(to: constant) == 0)
    for other in [one, constant, strange] { #expect((0...1).contains(one.expectedDistance(to: other))) }
  }

  @Test("a constant series has no error, and one value is allowed")
  func constant() {
    let series = SeriesStatistics([2, 2, 2, 2])
    #expect(series.mean == 2 && series.deviation == 0 && series.meanError == 0 && series.correlationTime == 1)
    #expect(SeriesStatistics([5]).mean == 5)
  }

  @Test("stationary series pass with a short burn-in, transients are cut off, drifts never pass")
  func burnIn() {
    var passed = 0
    for seed in 0..<20 {
      let test = Stationarity(Series.autoregressive(0.9, count: 4000, seed: UInt64(seed)))
      if test.isStationary, test.burnIn <= 1000 { passed += 1 }
    }
    #expect(passed >= 19, "\(passed) of 20")
    for seed in 0..<10 {
      // Forgotten after some 600 of 4000 values.
      let noise = Series.autoregressive(0.5, count: 4000, seed: UInt64(seed))
      let falling = noise.enumerated().map { $1 + 40 * exp(-Double($0) / 150) }
      let test = Stationarity(falling)
      #expect(test.isStationary && (400...2000).contains(test.burnIn), "\(test)")
      let drifting = noise.enumerated().map { $1 + 0.002 * Double($0) }
      #expect(!Stationarity(drifting).isStationary)
    }
  }

  @Test("a chain that is slower than the series is no proof of equilibrium")
  func tooSlow() {
    let slow = (0..<20).map { Stationarity(Series.autoregressive(0.9995, count: 4000, seed: UInt64($0))) }
    #expect(slow.count { !$0.isStationary } >= 15)
  }

  @Test("the Kolmogorov–Smirnov distance is the largest gap of the distribution functions")
  func kolmogorovSmirnov() {
    let uniform = EmpiricalDistribution((0..<1000).map { Double($0) / 1000 })
    #expect(uniform.distance(to: uniform) == 0)
    #expect(abs(uniform.distance(to: EmpiricalDistribution(uniform.sorted.map { $0 + 0.25 })) - 0.25) < 0.002)
    #expect(uniform.distance(to: EmpiricalDistribution([5, 6])) == 1)
    // x² of a uniform x: F(t) = √t, farthest from t at t = 1/4.
    #expect(abs(uniform.distance(to: EmpiricalDistribution(uniform.sorted.map { $0 * $0 })) - 0.25) < 0.002)
    // Ties count once.
    #expect(EmpiricalDistribution([1, 1, 2, 2]).distance(to: EmpiricalDistribution([1, 2])) == 0)
    #expect(abs(EmpiricalDistribution([1, 1, 1, 2]).distance(to: EmpiricalDistribution([1, 2])) - 0.25) < 1e-12)
  }

  @Test("quantiles and histograms count every value")
  func histogram() {
    let values = EmpiricalDistribution([3, 1, 2, 5, 4])
    #expect(values.quantile(0) == 1 && values.quantile(0.5) == 3 && values.quantile(1) == 5)
    #expect(abs(values.quantile(0.125) - 1.5) < 1e-12)
    let histogram = values.histogram(bins: 2)
    #expect(histogram.edges == [1, 3, 5] && histogram.counts == [2, 3])
    #expect(EmpiricalDistribution([7, 7]).histogram(bins: 9).counts == [2])
  }
}
