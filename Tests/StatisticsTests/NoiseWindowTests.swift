import Statistics
import Foundation
import TestSupport
import Testing

@Suite("noise scale of the last steps")
struct NoiseWindowTests {
  private func noise(_ norm: Double, _ trace: Double) -> GradientNoise {
    GradientNoise(gradientSquaredNorm: norm, covarianceTrace: trace)
  }

  private func normal(_ generator: inout SeededGenerator) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
  }

  @Test("is the ratio of the sums over the last hundred steps, however far the gradient has fallen before")
  func window() throws {
    var generator = SeededGenerator(seed: 9)
    var window = NoiseWindow()
    var all: [GradientNoise] = []
    for step in 0..<700 {
      // |G|² falls by five orders of magnitude in 700 steps, trΣ by two.
      let (norm, trace) = (10 * pow(10, -Double(step) / 140), 50 * pow(10, -Double(step) / 350))
      let one = noise(
        norm * Double.random(in: 0.5...1.5, using: &generator), trace * Double.random(in: 0.5...1.5, using: &generator))
      all.append(one)
      window.add(one)
      guard step >= 1 else {
        #expect(window.noiseScale == nil)
        continue
      }
      let last = all.suffix(100)
      let (g, s) = (last.reduce(0) { $0 + $1.gradientSquaredNorm }, last.reduce(0) { $0 + $1.covarianceTrace })
      let scale = try #require(window.noiseScale)
      #expect(abs(scale.value / (s / g) - 1) < 1e-12, "step \(step)")
      #expect(abs(scale.gradientSquaredNorm / (g / Double(last.count)) - 1) < 1e-12)
      #expect(scale.low <= scale.value && scale.value <= scale.high)
    }
    // A hundred steps after the fall, nothing is left of what was before: not even its rounding.
    var late = NoiseWindow()
    for one in all.suffix(100) { late.add(one) }
    #expect(late.noiseScale == window.noiseScale && late == window)
  }

  @Test("the interval is Fieller's of the window's steps, with Student's t for as many as there are")
  func fieller() throws {
    // s̄ = 6, ḡ = 2, variances of the means 4 ÷ 3 and 1 ÷ 3, covariance −1 ÷ 3 (each sum of products ÷ 2 ÷ 3).
    var window = NoiseWindow()
    for (g, s) in [(1.0, 8.0), (2, 4), (3, 6)] { window.add(noise(g, s)) }
    let scale = try #require(window.noiseScale)
    let t = 4.302652729911275
    #expect(scale.value == 3 && scale.gradientSquaredNorm == 2 && scale.covarianceTrace == 6)
    // 2² < t²·(1 ÷ 3): no upper end. Low: the positive zero of (6 − 2r)² = t²·(4 ÷ 3 + 2r ÷ 3 + r² ÷ 3).
    #expect(scale.high == .infinity)
    let (a, b, c) = (4 - t * t / 3, 12 + t * t / 3, 36 - t * t * 4 / 3)
    let zero = (b - (b * b - a * c).squareRoot()) / a
    #expect(abs(scale.low - max(0, zero)) < 1e-6, "\(scale.low), \(zero)")

    // Many steps with a tenth of the spread: both ends, from the definition by hand.
    var long = NoiseWindow()
    for index in 0..<100 {
      let sign = index.isMultiple(of: 2) ? 1.0 : -1.0
      long.add(noise(2 + sign * 0.5, 6 - sign))
    }
    let (variance, quantile) = (1.0 / 99, 1.984217)
    // s − r·g of each step is 6 − 2r ∓ (1 + r ÷ 2): |6 − 2r| = t·(1 + r ÷ 2)·√(1 ÷ 99).
    let half = quantile * variance.squareRoot()
    let ends = (low: (6 - half) / (2 + half / 2), high: (6 + half) / (2 - half / 2))
    let result = try #require(long.noiseScale)
    #expect(abs(result.low / ends.low - 1) < 1e-5 && abs(result.high / ends.high - 1) < 1e-5, "\(result), \(ends)")
  }

  @Test("the interval holds the true noise scale in 95 of 100 series, short or long", arguments: [4, 8, 30, 100])
  func coverage(steps: Int) {
    var generator = SeededGenerator(seed: 11)
    var held = 0
    let series = 2000
    for _ in 0..<series {
      var window = NoiseWindow()
      for _ in 0..<steps {
        let (a, b) = (normal(&generator), normal(&generator))
        // Correlated, with a relative deviation of 40 and 60 %.
        window.add(noise(1 + 0.6 * (0.5 * a + 0.75.squareRoot() * b), 4 + 1.6 * a))
      }
      let scale = window.noiseScale!
      #expect(scale.low <= scale.value && scale.value <= scale.high)
      if scale.low <= 4 && 4 <= scale.high { held += 1 }
    }
    // For normal values Fieller's set has exactly 95 %: ± 4 deviations. The hull of two parts may only hold more.
    #expect(Double(held) / Double(series) > 0.93 && Double(held) / Double(series) < 0.985, "\(held) of \(series)")
  }

  @Test("without a gradient the noise scale has no upper end")
  func noGradient() {
    var generator = SeededGenerator(seed: 2)
    var window = NoiseWindow()
    for _ in 0..<50 { window.add(noise(0.2 * normal(&generator), 5 + normal(&generator))) }
    #expect(window.noiseScale!.high == .infinity)
    #expect(window.noiseScale!.low > 1)
    // Below zero beyond doubt: infinite, and nothing else.
    var negative = NoiseWindow()
    for _ in 0..<50 { negative.add(noise(-1 + 0.1 * normal(&generator), 5 + normal(&generator))) }
    #expect(negative.noiseScale!.value == .infinity && negative.noiseScale!.high == .infinity)
  }

  @Test("through JSON and on, a window says the same as one that was never saved, to the bit")
  func coding() throws {
    var generator = SeededGenerator(seed: 4)
    for saved in [0, 1, 57, 100, 163] {
      var window = NoiseWindow()
      func next() -> GradientNoise { noise(1 + normal(&generator) / 3, 1e-9 * (4 + normal(&generator))) }
      for _ in 0..<saved { window.add(next()) }
      var read = try JSONDecoder().decode(NoiseWindow.self, from: JSONEncoder().encode(window))
      #expect(read == window && read.noiseScale == window.noiseScale)
      for _ in 0..<120 {
        let one = next()
        window.add(one)
        read.add(one)
        #expect(read.noiseScale == window.noiseScale)
      }
    }
  }

  @Test("what earlier versions saved in its place is read as an empty window, and nonsense is refused")
  func earlier() throws {
    let earlier = #"{"memory": 0.99, "count": 7, "weight": 6.8, "squaredWeight": 6.6, "trace": 1, "norm": 2}"#
    let window = try JSONDecoder().decode(NoiseWindow.self, from: Data(earlier.utf8))
    #expect(window == NoiseWindow() && window.noiseScale == nil)
    for text in [
      #"{"capacity": 0, "gradientSquaredNorms": [], "covarianceTraces": []}"#,
      #"{"capacity": 4000000000000, "gradientSquaredNorms": [], "covarianceTraces": []}"#,
      #"{"capacity": 3, "gradientSquaredNorms": [1], "covarianceTraces": []}"#,
      #"{"capacity": 1, "gradientSquaredNorms": [1, 2], "covarianceTraces": [1, 2]}"#,
    ] {
      #expect(throws: DecodingError.self) { try JSONDecoder().decode(NoiseWindow.self, from: Data(text.utf8)) }
    }
  }

  @Test("steps that are not finite are left out")
  func finite() {
    var window = NoiseWindow()
    for value in [1.0, .infinity, 2, .nan] { window.add(noise(value, 3)) }
    window.add(noise(1, -.infinity))
    #expect(window.count == 2 && window.noiseScale?.value == 2)
  }
}
