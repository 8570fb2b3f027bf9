import Foundation
import JSON
import Records
import Studies
import TestSupport
import Testing

@Suite("Analysis of a sweep")
struct SweepAnalysisTests {
  private typealias Points = SweepPoints

  @Test("each batch counts at its best multiple: most seeds, then fewest steps; diverged ones are left out")
  func bestMultiple() {
    let cells = [
      // × 0.5 reaches always, slowly; × 1 faster; × 2 fastest, but one seed diverges.
      Points.point(64, steps: 100, seed: 1, multiple: 0.5), Points.point(64, steps: 120, seed: 2, multiple: 0.5),
      Points.point(64, steps: 60, seed: 1, multiple: 1), Points.point(64, steps: 80, seed: 2, multiple: 1),
      Points.point(64, steps: 10, seed: 1, multiple: 2),
      Points.point(64, steps: nil, seed: 2, multiple: 2, outcome: .diverged),
    ]
    #expect(SweepAnalysis.bestMultiple(cells).map(\.learningRate) == [1, 1])
    // None reached it: the greatest last accuracy decides, and that of a diverged run counts for nothing.
    let missed = [
      Points.point(64, steps: nil, multiple: 0.5, accuracy: 0.7),
      Points.point(64, steps: nil, multiple: 1, accuracy: 0.8),
      Points.point(64, steps: nil, multiple: 2, outcome: .diverged, accuracy: 0.85),
    ]
    #expect(SweepAnalysis.bestMultiple(missed).map(\.learningRate) == [1])
    // A tie goes to the smaller rate, in any order of the cells.
    let tie = [Points.point(64, steps: 50, multiple: 1), Points.point(64, steps: 50, multiple: 0.5)]
    #expect(SweepAnalysis.bestMultiple(tie).first?.learningRate == 0.5)
  }

  @Test("infinite noise scales count in the median, and are counted; what was not measured is left out")
  func infiniteNoise() throws {
    func batch(_ scales: [Double?]) throws -> SweepBatchRecord {
      let points = scales.enumerated().map { index, scale in
        var point = Points.point(64, steps: 100, seed: UInt64(index + 1))
        if let scale {
          point.noiseScale = scale.isFinite ? scale : nil
          point.noiseScaleLow = 5
        }
        return point
      }
      let record = SweepAnalysis.analysed(Points.record(Points.grid([64], seeds: scales.count), points))
      let again = try JSONDecoder().decode(
        StudyDocument<SweepRecord>.self, from: Data(JSONText.pretty(StudyDocument(record)).utf8)
      ).record
      #expect(again == record)
      return try #require(record.rules.first?.batches.first)
    }
    let finite = try batch([10, 30, 20, nil])
    #expect(finite.noiseScale == 20 && finite.noiseScaleCells == 3 && finite.infiniteNoiseScales == 0)
    let one = try batch([10, .infinity, 30])
    #expect(one.noiseScale == 30 && one.measuredNoiseScale == 30 && one.infiniteNoiseScales == 1)
    let most = try batch([10, .infinity, .infinity])
    #expect(most.noiseScale == nil && most.measuredNoiseScale == .infinity && most.infiniteNoiseScales == 2)
    let none = try batch([nil, nil])
    #expect(none.measuredNoiseScale == nil && none.noiseScaleCells == nil)
  }

  @Test("medians, spreads, speedup by seed, fit and regime of each batch")
  func summary() throws {
    // S = 100 (1 + 200/B): 300 at 100, 150 at 400, 125 at 800; seeds differ by a factor, the same at every batch.
    var points: [SweepPoint] = []
    for (seed, factor) in [(1, 1.0), (2, 0.8), (3, 1.2)] {
      for (batch, steps) in [(100, 300.0), (400, 150), (800, 125)] {
        points.append(
          Points.point(
            batch, steps: Int((steps * factor).rounded()), seed: UInt64(seed), secondsPerStep: Double(batch) * 1e-4))
      }
    }
    let record = SweepAnalysis.analysed(Points.record(Points.grid([800, 100, 400]), points.reversed()))
    let rule = try #require(record.rules.first)
    #expect(record.rules.count == 1 && rule.batches.map(\.batch) == [100, 400, 800])
    let first = rule.batches[0]
    #expect(first.steps?.median == 300 && first.steps?.low == 240 && first.steps?.high == 360)
    #expect(first.samples?.median == 30_000)
    #expect(abs((first.seconds?.median ?? 0) - 3) < 1e-9)
    #expect(first.reachedSeeds == 3 && first.divergedSeeds == 0)
    #expect(record.speedup.map(\.steps) == [1, 2, 2.4])
    #expect(abs(record.speedup[1].seconds - 0.5) < 1e-9)
    // Seeds are compared with themselves, so a factor that all batches share leaves no spread.
    #expect(abs(record.speedup[1].stepsHigh / record.speedup[1].stepsLow - 1) < 0.01)
    let fit = try #require(record.fit)
    #expect(abs(fit.criticalBatch / 200 - 1) < 0.02 && abs(fit.minimumSteps / 98.7 - 1) < 0.02)
    #expect(rule.batches.map(\.regime) == [.diminishingReturns, .diminishingReturns, .maximalDataParallelism])
    // Rows are sorted whatever the order in which cells finished.
    #expect(record.points.map(\.batch) == [100, 100, 100, 400, 400, 400, 800, 800, 800])
    #expect(record.points.prefix(3).map(\.seed) == [1, 2, 3])
  }

  @Test("a batch that most seeds miss has no steps and no part in the fit; nor is it the speedup's base")
  func missedBatches() throws {
    let points = [
      Points.point(16, steps: 900, seed: 1), Points.point(16, steps: nil, seed: 2),
      Points.point(16, steps: nil, seed: 3),
      Points.point(64, steps: 100, seed: 1), Points.point(64, steps: 100, seed: 2),
      Points.point(64, steps: nil, seed: 3, outcome: .diverged),
      Points.point(256, steps: 50, seed: 1), Points.point(256, steps: 50, seed: 2),
      Points.point(256, steps: 50, seed: 3),
    ]
    let record = SweepAnalysis.analysed(Points.record(Points.grid([16, 64, 256]), points))
    let batches = try #require(record.rules.first).batches
    #expect(batches[0].steps == nil && batches[0].reachedSeeds == 1)
    #expect(batches[1].divergedSeeds == 1 && batches[1].steps?.median == 100)
    #expect(record.speedup.map(\.batch) == [64, 256] && record.speedup.first?.steps == 1)
    #expect(record.fit?.points == 5)
  }

  @Test("no point, or none that reached the target, gives a record without fit and speedup")
  func nothingReached() {
    let empty = SweepAnalysis.analysed(Points.record(Points.grid([16, 64]), []))
    #expect(empty.rules.isEmpty && empty.fit == nil && empty.speedup.isEmpty)
    let missed = SweepAnalysis.analysed(
      Points.record(Points.grid([16, 64]), [Points.point(16, steps: nil), Points.point(64, steps: nil)]))
    #expect(missed.rules.count == 1 && missed.fit == nil && missed.speedup.isEmpty && !missed.hasReached)
  }

  @Test("rules are told apart; without scaling, warmup changes nothing and stands there once")
  func rules() throws {
    let grid = Points.grid([16, 64], seeds: 1, scalings: ["linear", "none"], warmups: ["gradual", "none"])
    #expect(grid.rules.map(\.name) == ["linear scaling, gradual warmup", "linear scaling, no warmup", "fixed rate"])
    #expect(grid.cells.count == 6)
    let points = grid.cells.map { cell in
      Points.point(cell.batch, steps: cell.rule.scaling == "none" ? 100 : 50, rule: cell.rule, accuracy: 0.9)
    }
    let record = SweepAnalysis.analysed(Points.record(grid, points))
    #expect(record.rules.map(\.rule) == grid.rules)
    #expect(record.rules[2].batches.first?.steps?.median == 100)
    let first = try #require(record.rules[0].batches.first)
    #expect(
      first.testAccuracy?.mean == 0.9 && first.bestTestAccuracy?.mean == 0.91 && first.testAccuracy?.deviation == nil)
    #expect(record.fit == record.rules[0].fit && record.speedup == record.rules[0].speedup)
  }

  @Test("cells run seed by seed, from the largest batch to the smallest")
  func order() {
    let cells = Points.grid([64, 16, 256], seeds: 2, multiples: [1, 2]).cells
    #expect(cells.map(\.batch) == [256, 256, 64, 64, 16, 16, 256, 256, 64, 64, 16, 16])
    #expect(cells.map(\.seed) == Array(repeating: 1, count: 6) + Array(repeating: 2, count: 6))
    #expect(Set(cells).count == 12)
  }

  @Test("evaluations keep one relative precision, and the last step is always one")
  func schedule() {
    for (stepsPerEpoch, last) in [(1, 300), (19, 760), (1875, 30_000), (8, 3)] {
      let schedule = EvaluationSchedule(stepsPerEpoch: stepsPerEpoch, growth: 0.05, last: last)
      let steps = (1...last).filter(schedule.contains)
      #expect(steps.last == last && schedule.count == steps.count)
      #expect(steps.first == min(last, max(1, Int((0.125 * Double(stepsPerEpoch)).rounded()))))
      for (one, next) in zip(steps, steps.dropFirst()) {
        #expect(next - one <= max(1, Int((0.05 * Double(one)).rounded())), "\(one) to \(next)")
      }
    }
    // The same resolution in samples, whatever the batch: counts differ little.
    let (small, large) = (
      EvaluationSchedule(stepsPerEpoch: 4000, growth: 0.1, last: 40_000).count,
      EvaluationSchedule(stepsPerEpoch: 400, growth: 0.1, last: 4000).count
    )
    #expect(abs(small - large) <= 2)
  }

  @Test(
    "a thinned curve has the means of stretches of equal length, and stays short", arguments: [1, 127, 128, 129, 5000])
  func thinning(count: Int) throws {
    var thinning = CurveThinning()
    var generator = SeededGenerator(seed: 4)
    let values = (0..<count).map { _ in Double.random(in: 0..<1, using: &generator) }
    for (index, value) in values.enumerated() { thinning.append(epoch: Double(index + 1), value: value) }
    let curve = thinning.curve
    #expect(curve.values.count <= CurveThinning.most && (count < 128 || curve.values.count >= 64))
    #expect(curve.epochs.last == Double(count))
    var start = 0
    for (end, mean) in zip(curve.epochs, curve.values) {
      let stretch = values[start..<Int(end)]
      #expect(abs(stretch.reduce(0, +) / Double(stretch.count) - mean) < 1e-12)
      start = Int(end)
    }
  }

  @Test("the forecast is what finished cells of the batch took, or of the nearest one")
  func forecast() throws {
    func cell(_ batch: Int, _ seed: UInt64) -> SweepCell {
      SweepCell(batch: batch, learningRate: 1, seed: seed, rule: Points.linear)
    }
    let points = [
      Points.point(64, steps: 100, seed: 1, secondsPerStep: 0.1),
      Points.point(64, steps: 300, seed: 2, secondsPerStep: 0.1),
      Points.point(1024, steps: 10, seed: 1, secondsPerStep: 0.5),
    ]
    let forecast = SweepForecast(points, budgetSamples: 1e6)
    // 64: (10 + 30)/2 s; 1024: 5 s; 512 is nearer to 1024, 128 to 64.
    let seconds = try #require(forecast.seconds(for: [cell(64, 3), cell(1024, 2), cell(512, 1), cell(128, 1)]))
    #expect(abs(seconds - (20 + 5 + 5 + 20)) < 1e-9)
    #expect(SweepForecast([], budgetSamples: 1e6).seconds(for: [cell(64, 3)]) == nil)
    #expect(SweepForecast([], budgetSamples: 1e6).seconds(for: []) == 0)
  }
}
