import Charts
import Foundation
import Records
import Reports
import TestSupport
import Testing

@Suite("Pages of several runs")
struct OverlayTests {
  private func names(_ page: ReportPage) -> [String] {
    page.charts.last?.series.map(\.name) ?? []
  }

  private func tables(_ page: ReportPage) -> [TextTable] {
    page.sections.flatMap { $0.blocks.compactMap { if case .table(let table) = $0 { table } else { nil } } }
  }

  private func text(_ page: ReportPage) -> String {
    page.sections.flatMap { $0.blocks.compactMap { if case .paragraph(let text) = $0 { text } else { nil } } }
      .joined(separator: "\n")
  }

  @Test("runs with one name are called by the keys in which they differ, else by their directories")
  func labels() {
    #expect(names(OverlayReport.page(SampleRuns.several)) == ["batch.size 64", "batch.size 256", "batch.size 1280"])
    #expect(tables(OverlayReport.page(SampleRuns.seeds))[0].rows.map { $0[0] } == (1...5).map { "seed \($0)" })
    // Against time every seed has a line of its own, since no two have a point at the same place.
    #expect(names(OverlayReport.page(SampleRuns.seeds)) == ["5 seeds", "", "", "", ""])
    let named = [SampleRuns.run(batch: 64, seed: 1, name: "small"), SampleRuns.run(batch: 256, seed: 2, name: "large")]
    #expect(names(OverlayReport.page(named)) == ["small", "large"])
    var bare = SampleRuns.seeds
    for index in bare.indices { bare[index].configuration = nil }
    #expect(names(OverlayReport.page(bare)) == (1...5).map { "digits-64-\($0)" })
    var twins = [bare[0], bare[0]]
    twins[1].folder = URL(fileURLWithPath: "/elsewhere/digits-64-1")
    #expect(Set(names(OverlayReport.page(twins))).count == 2)
  }

  @Test("thick lines are test error, thin ones 1 − training accuracy, in one colour a run")
  func errors() throws {
    let own = try #require(OverlayReport.page(SampleRuns.several).charts.first)
    let thin = own.series.filter { $0.stroke == .thin }
    let thick = own.series.filter { $0.stroke == .thick }
    #expect(thin.count == 3 && thick.count == 3)
    #expect(thin.map(\.color) == thick.map(\.color))
    for (series, run) in zip(thick, SampleRuns.several) {
      #expect(series.points.map(\.y) == run.metrics.evaluations.map { 1 - ($0.testAccuracy ?? .nan) })
    }
    // 20 lines an epoch: each point of the thin line is their mean.
    let first = SampleRuns.several[0].metrics.training.prefix(20).map { 1 - ($0.trainAccuracy ?? .nan) }
    #expect(thin[0].points.count == 40)
    #expect(abs(thin[0].points[0].y - first.reduce(0, +) / 20) < 1e-12)
  }

  @Test("seeds of one config have one colour: pale lines, their mean, and its 95 % interval as a band")
  func bands() throws {
    let runs = SampleRuns.seeds
    let page = OverlayReport.page(runs)
    let chart = try #require(page.charts.first)
    #expect(Set(chart.series.map { "\($0.color)" }).count == 1)
    #expect(chart.series.count { $0.stroke == .faint } == 5 && chart.series.count { $0.stroke == .thin } == 1)
    let mean = try #require(chart.series.first { $0.stroke == .thick })
    #expect(mean.name == "mean of 5 seeds" && mean.spread == .band)
    // Student's t for four degrees of freedom, by hand.
    for (place, point) in mean.points.enumerated() {
      let values = runs.map { 1 - ($0.metrics.evaluations[place].testAccuracy ?? .nan) }
      let average = values.reduce(0, +) / 5
      let deviation = (values.reduce(0) { $0 + ($1 - average) * ($1 - average) } / 4).squareRoot()
      let margin = 2.7764451051977987 * deviation / 5.0.squareRoot()
      #expect(abs(point.y - average) < 1e-12)
      #expect(abs((point.high ?? .nan) - min(average + margin, chart.yAxis.range?.upperBound ?? 1)) < 1e-9)
    }
    // Against time no two runs have a point at one place.
    let time = try #require(page.charts.first { $0.title == "Training loss against time" })
    #expect(time.series.count == 5 && time.series.allSatisfy { $0.spread == .errorBars })
    #expect(text(page).contains("Bands are 95 % intervals of the mean over seeds"))
    // Two seeds have a mean, and an interval that says nothing.
    let two = try #require(OverlayReport.page(Array(runs.prefix(2))).charts.first?.series.first { $0.stroke == .thick })
    #expect(two.points.allSatisfy { $0.low == nil })
    // The same seed twice is no sample.
    let twins = OverlayReport.page([runs[0], runs[0]])
    #expect(!twins.charts.contains { $0.series.contains { $0.name.hasPrefix("mean of") } })
  }

  @Test("two configs with seeds have a band each, and a row each in a table of means and intervals")
  func groups() throws {
    let runs = [64, 256].flatMap { batch in [1, 2, 3].map { SampleRuns.run(batch: batch, seed: $0) } }
    let page = OverlayReport.page(runs)
    let names = ["batch.size 64, mean of 3 seeds", "batch.size 256, mean of 3 seeds"]
    let chart = try #require(page.charts.first)
    #expect(chart.series.filter { $0.spread == .band && $0.stroke == .thick }.map(\.name) == names)
    #expect(tables(page)[1].rows.map { $0[0] } == names && tables(page)[1].rows.allSatisfy { $0[1] == "3" })
    // Named from outside, they are what the names say.
    let named = OverlayReport.page(runs, names: ["A", "A", "A", "B", "B", "B"])
    #expect(tables(named)[1].rows.map { $0[0] } == ["A, mean of 3 seeds", "B, mean of 3 seeds"])
    // A run that diverged is drawn, and in no mean.
    var lost = runs
    lost[1].summary?.outcome = .diverged
    lost[1].metrics = MetricsLog(Array(lost[1].metrics.lines.prefix(30)))
    let rest = try #require(OverlayReport.page(lost).charts.first?.series.first { $0.name == names[0] })
    #expect(rest.points.count == 40)
  }

  @Test("falls of the learning rate are marked where they happen, once for all runs")
  func drops() throws {
    let chart = try #require(OverlayReport.page(SampleRuns.seeds).charts.first)
    #expect(chart.guides == [.x(25, "η ÷ 10"), .x(35, "η ÷ 10")])
    // A cosine has no falls.
    let smooth = (1...400).map { step in
      MetricsLine.training(
        step: step, epoch: Double(step) / 10, loss: 1, learningRate: 0.05 * (1 + cos(Double(step) / 400 * .pi)),
        samplesPerSecond: 1)
    }
    var runs = SampleRuns.seeds
    for index in runs.indices { runs[index].metrics = MetricsLog(smooth) }
    #expect(OverlayReport.page(runs).charts.allSatisfy { $0.guides.isEmpty })
  }

  @Test("temperature is that of the records: the same for batches with linearly scaled rates")
  func temperature() throws {
    let chart = try #require(OverlayReport.page(SampleRuns.several).charts.first { $0.title == "Temperature" })
    for series in chart.series {
      let last = try #require(series.points.last { abs($0.x - 20) < 1e-9 })
      #expect(abs(last.y - 0.4 / (64 * 0.1)) < 1e-12)
    }
  }

  @Test("time in steps is the sum of samples over throughput; steps are an axis where epochs differ in them")
  func measures() throws {
    let page = OverlayReport.page(SampleRuns.several)
    let chart = try #require(page.charts.first { $0.title == "Training loss against time" })
    let run = SampleRuns.several[0]
    let seconds = run.metrics.training.map { 64 / ($0.samplesPerSecond ?? .nan) }.reduce(0, +)
    #expect(abs(try #require(chart.series[0].points.last).x - seconds) < 1e-9 * seconds)
    #expect(page.charts.contains { $0.title == "Training loss against steps" })
    #expect(!page.charts.contains { $0.title.hasSuffix("against samples") })
    #expect(!OverlayReport.page(SampleRuns.seeds).charts.contains { $0.title.hasSuffix("against steps") })
  }

  @Test("the headline says mean and deviation of seeds, the best of others, and when all have the same bits")
  func headlines() {
    let seeds = SampleRuns.seeds.compactMap { $0.summary?.testAccuracy }.map { $0 * 100 }
    let mean = seeds.reduce(0, +) / 5
    let deviation = (seeds.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / 4).squareRoot()
    let expected = "5 seeds reach \(String(format: "%.2f ± %.2f", mean, deviation)) % test accuracy"
    #expect(OverlayReport.page(SampleRuns.seeds).headline.hasPrefix(expected))
    #expect(
      OverlayReport.page(SampleRuns.several).headline.hasPrefix("The best test accuracy of 3 runs is "))

    var same = SampleRuns.several
    for index in same.indices { same[index].summary?.weightsSHA256 = "ab12" }
    #expect(OverlayReport.page(same).headline.hasPrefix("All 3 runs ended with the same weights, bit for bit"))
    same[2].summary?.weightsSHA256 = "cd34"
    #expect(text(OverlayReport.page(same)).contains("batch.size 64 and batch.size 256 ended with the same weights"))
    #expect(text(OverlayReport.page(SampleRuns.several)).contains("No two runs ended with the same weights."))
  }

  @Test("the tables hold a row a run, and a row for each key in which the configs differ")
  func contents() throws {
    let tables = tables(OverlayReport.page(SampleRuns.several))
    #expect(tables.count == 2)
    #expect(tables[0].rows.map { $0[0] } == ["batch.size 64", "batch.size 256", "batch.size 1280"])
    #expect(tables[1].rows == [["batch.size", "64", "256", "1280"]])
    let page = OverlayReport.page(SampleRuns.seeds)
    #expect(self.tables(page)[0].footer?.contains { $0.contains("±") } == true)
    #expect(self.tables(page)[1].rows == [["seed", "1", "2", "3", "4", "5"]])
    var mixed = SampleRuns.several
    mixed[1].configuration = #"{"name": "digits", "seed": 7, "batch": {"size": 64}, "data": {"augment": []}}"#
    let keys = self.tables(OverlayReport.page(mixed))[1].rows.map { $0[0] }
    #expect(keys.contains("data.augment.0.type") && keys.contains("batch.shards"))
  }

  @Test("diverged, unfinished, empty and damaged runs stand on the page, with a note of what is wrong")
  func unfinished() {
    let folder = URL(fileURLWithPath: "/nonexistent/x")
    let runs = [
      SampleRuns.digits(outcome: .diverged),
      RunRecord(name: "empty", folder: folder, metrics: MetricsLog()),
      RunRecord(name: "damaged", folder: folder, configuration: "{", metrics: MetricsLog(contents: Data("{\"st".utf8))),
    ]
    let page = OverlayReport.page(runs)
    let notes = page.notes.joined(separator: "\n")
    for words in [
      "digits diverged at step 132", "empty has no summary",
      "1 line of damaged's metrics.jsonl could not be read and is",
      "The config.json of damaged is missing or cannot be read.",
    ] {
      #expect(notes.contains(words), "\(words)")
    }
    for html in [page.html(), OverlayReport.page([runs[1], runs[2]]).html()] {
      #expect(html.contains("damaged") && !html.contains("nan"))
    }
  }

  @Test("an overlay stands alone, and user text cannot become markup")
  func selfContained() {
    var runs = SampleRuns.several
    for index in runs.indices { runs[index].name = "</svg><script>\(index)" }
    for page in [OverlayReport.page(runs), OverlayReport.page(SampleRuns.seeds)] {
      let html = page.html()
      for word in ["http:", "https:", "src=", "<script", "@import", "url(", "<link"] {
        #expect(!html.contains(word), "\(word)")
      }
      for chart in page.charts {
        #expect(!chart.isEmpty)
        #expect(chart.series.allSatisfy { !$0.points.isEmpty })
      }
    }
  }
}
