import Foundation
import Records
import Studies
import TestSupport
import Testing

@Suite("Fit of the critical batch")
struct CriticalBatchFitTests {
  private let batches: [Double] = [32, 64, 128, 256, 512, 1024, 4096, 16_384]

  /// S = S_min (1 + B_crit/B) with a relative error of `noise` a point.
  private func points(
    minimum: Double, critical: Double, noise: Double = 0, seeds: Int = 3, _ generator: inout SeededGenerator
  ) -> [CriticalBatchFit.Point] {
    batches.flatMap { batch in
      (0..<seeds).map { _ in
        .init(
          batch: batch, steps: minimum * (1 + critical / batch) * exp(noise * SweepPoints.normal(&generator)))
      }
    }
  }

  @Test("recovers the numbers that made the points", arguments: [20.0, 300, 3000])
  func exact(critical: Double) throws {
    var generator = SeededGenerator(seed: 1)
    let points = points(minimum: 57, critical: critical, &generator)
    let fit = try #require(CriticalBatchFit.fit(points, seed: 1))
    #expect(abs(fit.criticalBatch / critical - 1) < 1e-4)
    #expect(abs(fit.minimumSteps / 57 - 1) < 1e-4)
    #expect(abs(fit.minimumSamples / (57 * critical) - 1) < 1e-4)
    #expect(fit.deviation < 1e-5 && fit.points == 24)
    // The curve is McCandlish's: (S/S_min − 1)(E/E_min − 1) = 1.
    for batch in [10.0, 100, 1e5] {
      let (steps, samples) = (fit.steps(batch: batch), fit.samples(batch: batch))
      #expect(abs(steps * batch / samples - 1) < 1e-9)
      #expect(abs((steps / fit.minimumSteps - 1) * (samples / fit.minimumSamples - 1) - 1) < 1e-9)
    }
  }

  @Test("with noise comes near them, and its 95 % interval holds the truth in about 95 % of data sets")
  func coverage() throws {
    var generator = SeededGenerator(seed: 2)
    var held = 0
    var logs: [Double] = []
    let sets = 150
    for set in 0..<sets {
      let points = points(minimum: 100, critical: 400, noise: 0.15, &generator)
      let fit = try #require(CriticalBatchFit.fit(points, replicates: 200, seed: UInt64(set)))
      let (low, high) = (try #require(fit.criticalBatchLow), try #require(fit.criticalBatchHigh))
      #expect(low < fit.criticalBatch && fit.criticalBatch < high)
      held += low <= 400 && 400 <= high ? 1 : 0
      logs.append(log(fit.criticalBatch / 400))
    }
    // Binomial: 0.95 ± 4 · 0.018.
    #expect(Double(held) / Double(sets) > 0.88, "\(held) of \(sets)")
    #expect(held < sets)
    let mean = logs.reduce(0, +) / Double(sets)
    #expect(abs(mean) < 0.05)
    #expect(logs.allSatisfy { abs($0) < 0.6 })
  }

  @Test(
    "with few points the interval is as wide as least squares says: residuals over n − 2, not over n",
    arguments: [5, 6, 8])
  func fewPointsInterval(count: Int) throws {
    let batches = (0..<count).map { 64 * pow(2.0, Double($0)) }
    var generator = SeededGenerator(seed: UInt64(count))
    // ln S = ln S_min + ln(1 + C/B); its derivative by ln C is (C/B) ÷ (1 + C/B). Small residuals keep this linear.
    let slopes = batches.map { 400 / $0 / (1 + 400 / $0) }
    let mean = slopes.reduce(0, +) / Double(count)
    let information = slopes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    var ratios: [Double] = []
    for set in 0..<40 {
      let points = batches.map { batch in
        CriticalBatchFit.Point(
          batch: batch, steps: 100 * (1 + 400 / batch) * exp(1e-3 * SweepPoints.normal(&generator)))
      }
      let fit = try #require(CriticalBatchFit.fit(points, replicates: 600, seed: UInt64(set)))
      let squares = fit.deviation * fit.deviation * Double(count)
      let deviation = (squares / Double(count - 2) / information).squareRoot()
      let width = log(try #require(fit.criticalBatchHigh) / (try #require(fit.criticalBatchLow)))
      ratios.append(width / (2 * 1.96 * deviation))
    }
    let ratio = ratios.reduce(0, +) / Double(ratios.count)
    #expect(abs(ratio - 1) < 0.07, "\(ratio)")
  }

  @Test("is the same every time; its seed changes the interval alone")
  func repeats() throws {
    var generator = SeededGenerator(seed: 3)
    let points = points(minimum: 10, critical: 200, noise: 0.2, &generator)
    let (one, again, other) = (
      CriticalBatchFit.fit(points, seed: 5), CriticalBatchFit.fit(points, seed: 5),
      CriticalBatchFit.fit(points, seed: 6)
    )
    #expect(one == again)
    #expect(one?.criticalBatch == other?.criticalBatch && one?.criticalBatchLow != other?.criticalBatchLow)
  }

  @Test("steps that only fall, or never do, put the critical batch beyond the batches")
  func limits() throws {
    func fit(_ steps: (Double) -> Double) throws -> SweepFit {
      try #require(CriticalBatchFit.fit(batches.map { .init(batch: $0, steps: steps($0)) }, seed: 1))
    }
    let perfect = try fit { 1e6 / $0 }
    #expect(perfect.criticalBatch > 16_384 * SweepRegime.factor)
    #expect(batches.allSatisfy { perfect.regime(batch: $0) == .perfectScaling })
    let flat = try fit { _ in 50 }
    #expect(flat.criticalBatch < 32 / SweepRegime.factor)
    #expect(batches.allSatisfy { flat.regime(batch: $0) == .maximalDataParallelism })
  }

  @Test("one batch has no curve, two have one without an interval")
  func fewPoints() throws {
    #expect(CriticalBatchFit.fit([], seed: 1) == nil)
    #expect(CriticalBatchFit.fit([.init(batch: 8, steps: 5), .init(batch: 8, steps: 6)], seed: 1) == nil)
    let two = try #require(
      CriticalBatchFit.fit([.init(batch: 100, steps: 200), .init(batch: 300, steps: 100)], seed: 1))
    // 200 = S(1 + C/100), 100 = S(1 + C/300): C = 300, S = 50.
    #expect(abs(two.criticalBatch - 300) < 0.1 && abs(two.minimumSteps - 50) < 0.01)
    #expect(two.criticalBatchLow == nil)
  }

  @Test("regimes part at a quarter of the critical batch and at four times it")
  func regimes() {
    let fit = SweepFit(minimumSteps: 10, criticalBatch: 400)
    let expected: [(Double, SweepRegime)] = [
      (50, .perfectScaling), (100, .perfectScaling), (101, .diminishingReturns), (400, .diminishingReturns),
      (1599, .diminishingReturns), (1600, .maximalDataParallelism), (1e6, .maximalDataParallelism),
    ]
    for (batch, regime) in expected { #expect(fit.regime(batch: batch) == regime, "\(batch)") }
    // What the words promise.
    #expect(fit.samples(batch: 100) <= 1.2501 * fit.minimumSamples)
    #expect(fit.steps(batch: 1600) <= 1.2501 * fit.minimumSteps)
  }
}
