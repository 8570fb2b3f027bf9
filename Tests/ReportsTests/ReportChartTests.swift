import Charts
import Foundation
import Records
import Reports
import TestSupport
import Testing

@Suite("Charts of the reports")
struct ReportChartTests {
  static let all: [Chart] =
    RunOutcome.allCases.flatMap { RunCharts.all(SampleRuns.digits(outcome: $0)) } + SampleStudies.page.charts
    + SampleScale.record.page.charts

  @Test("every chart is well-formed, titled and described, and all its coordinates are finite", arguments: all)
  func wellFormed(_ chart: Chart) throws {
    for svg in [chart.svg(id: "c1"), chart.svgFile()] {
      let reader = try #require(XMLReader.read(svg), "\(chart.title): not well-formed")
      #expect(reader.elements.first?.attributes["role"] == "img")
      #expect(reader.elements.contains { $0.name == "title" } && reader.elements.contains { $0.name == "desc" })
      #expect(reader.text.contains(chart.title))
      #expect(!svg.lowercased().contains("nan") && !svg.contains("inf "))
    }
    #expect(!chart.svg(id: "c1").contains("http"))
  }

  @Test("no text goes beyond the drawing's sides, and no two labels of the key touch", arguments: all)
  func textFits(_ chart: Chart) throws {
    let reader = try #require(XMLReader.read(chart.svg(id: "c1")))
    for element in reader.elements where element.name == "text" {
      let x = try #require(Double(element.attributes["x"] ?? ""))
      let y = try #require(Double(element.attributes["y"] ?? ""))
      #expect(x >= 0 && x <= chart.width && y > 0 && y <= chart.height, "\(element)")
    }
  }

  @Test("the description says in numbers what the curve does")
  func description() {
    let chart = RunCharts.learningRate(SampleRuns.digits())
    #expect(chart.spokenSummary.contains("learning rate: from 0.103 at 0.05 to 0.004 at 40"))
    #expect(chart.spokenSummary.contains("greatest 0.4"))
  }

  @Test("a run's plots show warmup, decay, divergence and target")
  func runCharts() {
    let done = RunCharts.all(SampleRuns.digits())
    #expect(done.map(\.title) == ["Loss", "Test accuracy", "Learning rate", "Throughput"])
    #expect(done[2].guides == [.x(5, "end of warmup")])
    #expect(RunCharts.loss(SampleRuns.digits(outcome: .diverged)).guides.map(\.label) == ["diverged", "end of warmup"])
    let target = RunCharts.accuracy(SampleRuns.digits(outcome: .targetReached))
    #expect(target?.guides == [.y(0.97, "target 97 %")])
    var regression = SampleRuns.digits()
    regression.metrics = MetricsLog(
      regression.metrics.lines.map { line in
        line.isTraining ? line : .evaluation(step: line.step, epoch: line.epoch, testLoss: 1, testAccuracy: nil)
      })
    #expect(RunCharts.all(regression).map(\.title) == ["Loss", "Learning rate", "Throughput"])
  }

  @Test("the densities of layers are drawn where evaluations have them, a line for each factor")
  func density() {
    var record = SampleRuns.digits()
    #expect(RunCharts.density(record) == nil)
    record.metrics = MetricsLog(
      record.metrics.lines.map { line in
        var line = line
        if line.isEvaluation { line.density = ["2.gradient": 0.25, "10.input": 0.5, "2.input": 0.125] }
        return line
      })
    let chart = RunCharts.density(record)
    #expect(chart?.series.map(\.name) == ["layer 2, gradient", "layer 2, input", "layer 10, input"])
    #expect(RunCharts.all(record).map(\.title).contains("Numbers that are not zero"))
  }

  @Test("a plot keeps to its width and rows, in every style, for every chart", arguments: all)
  func plot(_ chart: Chart) {
    for width in [30, 60, 100] {
      for unicode in [true, false] {
        let text = TextPlot(chart, rows: 6).render(TerminalStyle(width: width, unicode: unicode))
        let body = text.split(separator: "\n").dropFirst()
        if chart.isEmpty {
          #expect(text.contains("no data yet"))
          continue
        }
        #expect(body.prefix(8).allSatisfy { $0.count <= min(width, 72) }, "\(text)")
        #expect(body.count >= 8)
        #expect(unicode || text.allSatisfy { $0.isASCII }, "\(text)")
      }
    }
  }
}
