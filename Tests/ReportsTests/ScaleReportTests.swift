import Charts
import Foundation
import JSON
import Records
import Reports
import Testing

@Suite("The page and text of a scale study")
struct ScaleReportTests {
  @Test("the page stands alone and has every plot with its data, every cell and the machine")
  func page() {
    let record = SampleScale.record
    let page = record.page
    let html = page.html()
    for word in ["http:", "https:", "src=", "<script", "@import", "url(", "<link"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(page.charts.count == 11)
    for chart in page.charts {
      #expect(!chart.isEmpty, "\(chart.title)")
      #expect(html.contains("<figcaption>\(chart.title)</figcaption>"))
    }
    #expect(Set(page.charts.map(\.title)).count == page.charts.count)
    for text in [
      "Example CPU 9000 &amp; &lt;co&gt;", "shares cores", "2 shards only", "shares cores, 2 shards", "study.csv",
      "16,384",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(page.notes.contains { $0.contains("this machine has 8") })
    #expect(html.contains("2.1 % at the median and 6.0 % at worst"))
  }

  @Test("the headline names the smallest batch with nearly all of the speed, and its speedup within the cores")
  func headline() {
    var record = SampleScale.record
    #expect(record.headline.hasPrefix("On this machine, resnet20-cifar10 trains at "))
    #expect(record.headline.contains("on 8 threads with batch 256, "), "\(record.headline)")
    #expect(
      record.headline.hasSuffix("× as fast as on 1 thread (6.2 to 7.4); no larger batch was faster by more than 5 %."))
    // A gain that the quartiles of its steps do not settle is no good news.
    #expect(record.tone == .good)
    for index in record.cells.indices where record.cells[index].threads == 8 && record.cells[index].batch == 256 {
      record.cells[index].stepSecondsHigh *= 20
    }
    #expect(record.tone == .warning)
    record.cells.removeAll { $0.threads > 1 }
    #expect(!record.headline.contains("as fast as"))
    record.cells = []
    #expect(record.headline == "No step was timed before the study was stopped.")
  }

  @Test("what was predicted is drawn apart from what was measured")
  func prediction() throws {
    let charts = SampleScale.record.page.charts
    let chart = try #require(charts.first { $0.title == "Predicted for batch 16,384" })
    let predicted = try #require(chart.series.first { $0.name.hasPrefix("predicted") })
    let measured = try #require(chart.series.first { $0.name == "measured" })
    #expect(predicted.stroke == .dashed && measured.stroke == .solid && predicted.color != measured.color)
    #expect(predicted.points.contains { $0.x == 4 } && predicted.points.last?.x == 256)
    #expect(measured.points.map(\.x) == [1, 2, 4, 8])
    #expect(chart.series.first { $0.name == "sharing cores" }?.points.map(\.x) == [16])
    #expect(chart.series.contains { $0.name == "with more shards" })
  }

  @Test("an interrupted study, one without threads to compare, and one without cells have their pages")
  func sparse() {
    var record = SampleScale.record
    record.outcome = .interrupted
    #expect(record.page.tone == .warning)
    #expect(record.page.notes[0].contains("stopped early"))
    record.cells.removeAll { $0.threads != 16 }
    record.model = nil
    record.predictions = []
    record.limits = []
    record.weakScaling = []
    let crowded = record.page
    #expect(crowded.charts.count == 3 && crowded.charts.allSatisfy { !$0.isEmpty })
    #expect(crowded.notes.contains { $0.contains("more threads than cores") })
    record.cells = []
    let empty = record.page
    #expect(empty.charts.isEmpty && empty.html().contains("No step was timed"))
    #expect(!record.closingText().isEmpty)
  }

  @Test("the terminal shows the headline, a plot, the cells and the limit, within its width, and in ASCII if need be")
  func text() {
    for width in [60, 80, 120] {
      for unicode in [true, false] {
        let text = SampleScale.record.closingText(style: TerminalStyle(width: width, unicode: unicode))
        #expect(unicode || text.allSatisfy(\.isASCII))
        #expect(text.contains("16,384") && text.contains(width < 80 ? "shares" : "shares cores"))
        #expect(text.contains("Throughput against threads (log scale)"))
        #expect(text.contains("The cores limit the next doubling"))
      }
    }
  }

  /// The sample with cells of two ranks, and predictions of hosts.
  private static var ranked: ScaleRecord {
    var record = SampleScale.record
    record.launcher = "Open MPI"
    let cells = record.cells.filter { $0.threads == 4 }.map { cell in
      ScaleCell(
        threads: 4, batch: cell.batch, stepSeconds: cell.stepSeconds * 0.6, stepSecondsLow: cell.stepSecondsLow * 0.6,
        stepSecondsHigh: cell.stepSecondsHigh * 0.6, gradientSeconds: cell.gradientSeconds * 0.6,
        reduceSeconds: cell.reduceSeconds * 0.6, peakMemoryBytes: 1 << 28, timedSteps: 5, shards: cell.shards,
        microbatch: 32, busiestSamples: cell.batch / 8, usableCores: 8, ranks: 2, hostRanks: 2)
    }
    record.cells = (record.cells + cells).compared()
    record.networks = SampleScale.batches.flatMap { batch in
      [1e9, 10e9].flatMap { speed in
        [2, 4].map { ranks in
          ScaleNetworkPrediction(
            ranks: ranks, threads: 8, batch: batch, bitsPerSecond: speed, exchangedBytes: 1_618_332,
            computeSeconds: 0.1 / Double(ranks), exchangeSeconds: 1.4e7 / speed, hideableSeconds: 1e-3,
            isOverlapped: false,
            samplesPerSecondLow: 10, samplesPerSecondHigh: 1e6, speedup: Double(ranks) * 0.7, limit: .network)
        }
      }
    }
    return record
  }

  @Test("cells of several ranks have a column and a sentence, and leave lines and headline to one process")
  func ranks() throws {
    let record = Self.ranked
    #expect(record.headline == SampleScale.record.headline)
    #expect(record.page.charts.prefix(6).map(\.series) == SampleScale.record.page.charts.prefix(6).map(\.series))
    let sentence = try #require(record.ranksSentence)
    #expect(sentence.hasPrefix("2 ranks × 4 threads reach "), "\(sentence)")
    #expect(sentence.contains("of what 8 threads of one process do") && sentence.contains("started by Open MPI"))
    let text = record.closingText()
    #expect(text.contains("ranks") && text.contains("expected of several hosts") && text.contains("10 Gbit/s"))
    let html = record.page.html().replacing("\u{00A0}", with: " ")
    #expect(html.contains("Several hosts") && html.contains("plan --ranks") && html.contains("network"))
    #expect(SampleScale.record.ranksSentence == nil && !SampleScale.record.closingText().contains("ranks"))
    // Twice the workers of the base: compared with it as so many.
    let cell = try #require(record.cells.first { $0.ranks == 2 && $0.batch == 4096 })
    let base = try #require(record.cells.first { $0.batch == 4096 })
    #expect(base.workers == 1 && cell.speedup == base.stepSeconds / cell.stepSeconds)
    #expect(cell.efficiency == cell.speedup / 8)
    #expect(record.table.columns.last == "ranks" && record.table.rows.count == 30)
    let again = try JSONDecoder().decode(
      StudyDocument<ScaleRecord>.self, from: Data(JSONText.pretty(StudyDocument(record)).utf8))
    #expect(again.record == record)
  }

  @Test("predictions on more memory nodes than were measured are called so, from the first of them on")
  func border() throws {
    var record = SampleScale.record
    #expect(record.borderSentence == nil)
    record.model?.fittedNodes = 2
    for index in record.predictions.indices {
      record.predictions[index].nodes = min(
        record.predictions[index].threads, max(2, record.predictions[index].threads / 16))
    }
    let sentence = try #require(record.borderSentence)
    #expect(sentence.hasPrefix("Caution: from 64 threads on") && sentence.contains("on 4 memory nodes"), "\(sentence)")
    #expect(record.closingText().contains("Caution:") && record.page.html().contains("Caution:"))
    record.model?.fittedNodes = 1
    #expect(record.borderSentence?.contains("was not measured, and is taken to be nothing") == true)
    record.model?.fittedNodes = 16
    #expect(record.borderSentence == nil)
  }

  @Test("a study of an older program, which knows neither ranks nor networks, reads as one of one process")
  func older() throws {
    var text = JSONText.pretty(StudyDocument(SampleScale.record))
    for key in ["ranks", "hostRanks"] { text = text.replacing("\"\(key)\" : 1,", with: "") }
    #expect(!text.contains("ranks") && !text.contains("networks"))
    let record = try JSONDecoder().decode(StudyDocument<ScaleRecord>.self, from: Data(text.utf8)).record
    #expect(record == SampleScale.record)
  }

  @Test("the record reads back as it was written, and its table has a row a cell")
  func roundTrip() throws {
    let record = SampleScale.record
    let text = JSONText.pretty(StudyDocument(record))
    #expect(try JSONDecoder().decode(StudyDocument<ScaleRecord>.self, from: Data(text.utf8)).record == record)
    #expect(text.contains("\"study\" : \"scale\""))
    #expect(record.table.rows.count == 25)
    #expect(Set(record.table.rows.map(\.count)) == [record.table.columns.count])
  }
}
