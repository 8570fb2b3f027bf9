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
    #expect(names(OverlayReport.page(SampleRuns.seeds)) == (1...5).map { "seed \($0)" })
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
    let runs = SampleRuns.seeds
    let chart = try #require(OverlayReport.page(runs).charts.first)
    let thin = chart.series.filter { $0.stroke == .thin }
    let thick = chart.series.filter { $0.stroke == .thick }
    #expect(thin.count == 5 && thick.count == 5)
    #expect(thin.map(\.color) == thick.map(\.color))
    for (series, run) in zip(thick, runs) {
      #expect(series.points.map(\.y) == run.metrics.evaluations.map { 1 - ($0.testAccuracy ?? .nan) })
    }
    // 20 lines an epoch: each point of the thin line is their mean.
    let first = runs[0].metrics.training.prefix(20).map { 1 - ($0.trainAccuracy ?? .nan) }
    #expect(thin[0].points.count == 40)
    #expect(abs(thin[0].points[0].y - first.reduce(0, +) / 20) < 1e-12)
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
