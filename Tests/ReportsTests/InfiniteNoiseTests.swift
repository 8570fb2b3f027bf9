import Charts
import Foundation
import Records
import Reports
import Testing

@Suite("A noise scale without end")
struct InfiniteNoiseTests {
  @Test("is said at the end of a run and on its page, with its lower end")
  func run() throws {
    var summary = try #require(SampleRuns.digits().summary)
    (summary.noiseScale, summary.noiseScaleLow, summary.noiseScaleHigh) = (nil, 354, nil)
    #expect(
      summary.closingText(folder: "runs/a").contains("∞: no gradient can be told from its noise (95 %: from 354 on)"))
    var record = SampleRuns.digits()
    record.summary = summary
    #expect(RunReport.page(record).figures.contains { $0.label == "Noise scale" && $0.value == "∞" })
    summary.noiseScaleLow = nil
    #expect(!summary.closingText(folder: "runs/a").contains("noise scale"))
  }

  @Test("is a gap in the line of the chart, not a bridge over it")
  func chart() throws {
    var record = SampleRuns.digits()
    var lines = record.metrics.training
    for index in lines.indices {
      lines[index].noiseScaleLow = 10
      // The middle third is infinite, the first line was not measured.
      lines[index].noiseScale = (lines.count / 3..<2 * lines.count / 3).contains(index) ? nil : 50
    }
    (lines[0].noiseScale, lines[0].noiseScaleLow) = (nil, nil)
    record.metrics = MetricsLog(lines)
    let chart = try #require(RunCharts.noiseScale(record))
    let points = chart.series[0].points
    #expect(points.count == lines.count - 1)
    #expect(points.count { $0.y == .infinity } == 2 * lines.count / 3 - lines.count / 3)
    #expect(!RunReport.page(record).html().contains("inf"))
  }

  @Test("counts in a sweep's median, and the sweep says how many there were")
  func sweep() {
    var record = SampleSweeps.batches()
    for index in record.rules[0].batches.indices {
      record.rules[0].batches[index].noiseScaleCells = 3
      record.rules[0].batches[index].infiniteNoiseScales = 1
    }
    let cells = 3 * record.rules[0].batches.count
    func notes() -> String { record.page.notes.joined(separator: "\n") }
    #expect(
      notes().contains("is about 790, 0.88 times the critical batch; in \(cells / 3) of \(cells) runs"), "\(notes())")
    for index in record.rules[0].batches.indices where index > 1 {
      record.rules[0].batches[index].noiseScale = nil
      record.rules[0].batches[index].infiniteNoiseScales = 3
    }
    #expect(notes().contains("has no upper end: in \(cells - 4) of \(cells) runs"), "\(notes())")
    #expect(record.page.html().contains("∞"))
  }
}
