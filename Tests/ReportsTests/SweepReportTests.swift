import Charts
import Foundation
import Records
import Reports
import Testing

@Suite("The page of a sweep")
struct SweepReportTests {
  @Test("says in words which batch pays, and where the critical batch and the noise scale are")
  func headline() {
    let record = SampleSweeps.batches()
    let page = record.page
    // A step costs a millisecond and 5 µs a sample: 32 takes 1,748 × 1.16 ms, 256 takes 271 × 2.28 ms, and 512, the
    // fastest, 165 × 3.56 ms, which is only 5 % less than 256.
    #expect(
      page.headline
        == "On this machine, batch 256 reaches 97 % 3.3 × as fast as 32 (95 %: 2.6 to 4.1 ×); no larger one was faster by "
        + "more than 5 %.")
    #expect(page.tone == .good)
    #expect(
      page.notes.contains {
        $0.hasPrefix("The critical batch is about 900 (95 %: 760 to 1,100): up to a batch of between 190 and 270 twice")
      })
    #expect(page.notes.contains { $0.contains("noise scale measured in the runs is about 790") })
    #expect(page.notes.contains("Of 60 runs, 1 diverged."))
    #expect(page.figures.contains { $0.label == "Critical batch" && $0.value == "900" })
  }

  @Test("has every plot with its data: seeds as markers, the curve, the line of slope −1, spreads")
  func plots() throws {
    let record = SampleSweeps.batches()
    let page = record.page
    #expect(page.charts.count == 7 && page.charts.allSatisfy { !$0.isEmpty })
    let steps = SweepCharts.stepsToTarget(record)
    let seeds = try #require(steps.series.first { $0.name == "each seed" })
    #expect(seeds.points.count == 29 && seeds.form == .markers)
    let ideal = try #require(steps.series.first { $0.name == "perfect scaling" })
    #expect(ideal.stroke == .dashed && ideal.points.count == 2)
    // Slope −1 on log axes: the product of both coordinates stays.
    #expect(abs(ideal.points[0].x * ideal.points[0].y / (ideal.points[1].x * ideal.points[1].y) - 1) < 1e-9)
    let curve = try #require(steps.series.first { $0.name == "fitted curve" })
    #expect(abs(curve.points[0].y - 60 * (1 + 900.0 / 32)) < 1e-6)
    #expect(steps.guides.map(\.value) == [900, 790])
    let speedup = SweepCharts.speedup(record)
    #expect(speedup.series.last?.points.count == 10)
    #expect(speedup.series.last?.points.allSatisfy { $0.low! < $0.y && $0.y < $0.high! } == true)
    #expect(SweepCharts.multiples(record)?.series.map(\.name) == ["× 0.5", "× 1"])
    let html = page.html()
    for word in ["http:", "https:", "src=", "<script", "url("] { #expect(!html.contains(word), "\(word)") }
    #expect(html.contains("All 60 runs") && html.contains("diverged at step 140"))
  }

  @Test("compares rules by their errors, mean and deviation, and draws their curves at the largest batch")
  func rules() throws {
    let record = SampleSweeps.rules()
    let page = record.page
    #expect(
      page.headline
        == "At batch 8,192, the final test error is 2.00 ± 0.05 % with gradual warmup, 3.20 ± 0.05 % with constant warmup, "
        + "4.40 ± 0.05 % with no warmup.")
    #expect(
      page.charts.map(\.title).prefix(3) == [
        "Final test error by rule, mean ± deviation", "Training loss at batch 8,192", "Test error at batch 8,192",
      ])
    let errors = SweepCharts.ruleErrors(record)
    #expect(errors.series.map(\.name) == ["gradual warmup", "constant warmup", "no warmup"])
    let last = try #require(errors.series[2].points.last)
    #expect(abs(last.y - 0.044) < 1e-9 && abs(last.high! - 0.0445) < 1e-9 && abs(last.low! - 0.0435) < 1e-9)
    // Each seed is a line; only one of each rule stands in the key.
    let curves = SweepCharts.ruleCurves(record)
    #expect(curves.allSatisfy { $0.series.count == 9 && $0.series.count { !$0.name.isEmpty } == 3 })
    #expect(page.html().contains("linear scaling, constant warmup"))
  }

  @Test("other ends have their own words")
  func headlines() {
    var record = SampleSweeps.batches()
    // Still faster at the end: the fastest is the largest tried.
    for index in record.speedup.indices { record.speedup[index].seconds = Double(index + 1) }
    #expect(record.headline.hasSuffix("it is the largest tried, and a larger one may be faster still."))
    for index in record.speedup.indices { record.speedup[index].seconds = 1 / Double(index + 1) }
    #expect(record.headline == "On this machine, the smallest batch, 32, reaches 97 % fastest, in 2.0 s.")
    // A critical batch far beyond the batches is not known, and no number is given for it.
    record.fit?.criticalBatch = 1e6
    #expect(record.page.figures.contains { $0.label == "Critical batch" && $0.value == "above 16,384" })
    #expect(
      record.page.notes.contains {
        $0
          == "The fitted critical batch lies beyond the batches tried (95 %: 760 to 1,100), but these do not settle it."
      })
    record.fit?.criticalBatchLow = 2e5
    record.fit?.criticalBatchHigh = 4e6
    #expect(record.page.notes.contains { $0.hasPrefix("Every batch scales almost perfectly") })
    record.fit?.criticalBatch = 1
    #expect(record.page.figures.contains { $0.label == "Critical batch" && $0.value == "below 32" })
    var missed = SampleSweeps.empty(record.grid)
    #expect(missed.headline == "No cell of the sweep has finished yet.")
    #expect(missed.page.tone == .warning)
    missed.points = record.points.prefix(1).map { point in
      var point = point
      (point.reached, point.stepsToTarget, point.outcome) = (false, nil, .completed)
      return point
    }
    #expect(missed.headline == "No batch reached 97 % within 40 epochs.")
    // A page of a sweep that has only begun renders, with empty plots.
    #expect(SampleSweeps.empty(record.grid).page.html().contains("No data yet"))
  }

  @Test("where the seeds' times overlap, or there is one seed, nothing is said to be faster, and nothing is green")
  func doubts() {
    var record = SampleSweeps.batches()
    // Times of all batches scatter by a factor of ten from seed to seed.
    for index in record.points.indices {
      let factor = [1, 0.1, 3][Int(record.points[index].seed) - 1]
      record.points[index].secondsToTarget = record.points[index].secondsToTarget.map { $0 * factor }
    }
    #expect(record.tone == .plain)
    #expect(record.headline.hasSuffix("the seeds differ by as much, so the sweep does not tell which is better."))
    record.points.removeAll { $0.seed > 1 }
    record.grid.seeds = [1]
    #expect(record.tone == .plain)
    #expect(record.headline.hasSuffix("one seed settles nothing: repeat with --seeds 3 or more."))
    #expect(record.page.notes.contains { $0.contains("one seed: another one may move it") })

    var rules = SampleSweeps.rules()
    for index in rules.points.indices {
      rules.points[index].testAccuracy = 0.98 + (rules.points[index].seed == 1 ? 0.01 : -0.01)
    }
    #expect(rules.headline.hasSuffix("but the seeds differ by as much, so the sweep does not tell which is better."))
  }

  @Test("a critical batch whose interval is wide is given as the interval, and so are the regimes")
  func wideInterval() {
    var record = SampleSweeps.batches()
    record.fit?.criticalBatchLow = 200
    record.fit?.criticalBatchHigh = 4000
    record.rules[0].fit = record.fit
    #expect(record.page.figures.contains { $0.label == "Critical batch" && $0.value == "between 200 and 4,000" })
    #expect(record.page.notes.contains { $0.hasPrefix("The critical batch is between 200 and 4,000 (95 %): up to") })
    let text = record.closingText(style: TerminalStyle(width: 120))
    #expect(text.contains("perfect or diminishing") && text.contains("diminishing or flat"))
  }

  @Test("the terminal shows headline, table and plot, also without colours and beyond ASCII")
  func terminal() {
    let text = SampleSweeps.batches().closingText(style: TerminalStyle(width: 80))
    #expect(text.hasPrefix("On this machine, batch 256"))
    let table = text.split(separator: "\n").dropFirst().prefix(12)
    #expect(table.allSatisfy { $0.count <= 90 })
    for word in ["16,384", "perfect", "diminishing", "flat", "2 of 3", "Steps to 97 %"] {
      #expect(text.contains(word), "\(word)")
    }
    let plain = SampleSweeps.rules().closingText(style: TerminalStyle(width: 60, unicode: false))
    #expect(plain.allSatisfy { $0.isASCII })
    #expect(plain.contains("gradual warmup"))
  }

  @Test("CSV has a row for each run")
  func table() {
    let table = SampleSweeps.batches().table
    #expect(table.rows.count == 60)
    #expect(table.columns.prefix(3) == ["scaling", "warmup", "batch"])
  }
}
