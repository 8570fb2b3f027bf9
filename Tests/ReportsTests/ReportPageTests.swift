import Charts
import Foundation
import Records
import Reports
import Testing

@Suite("Pages")
struct ReportPageTests {
  @Test("a page stands alone: no network, no script, no other file that it needs", arguments: RunOutcome.allCases)
  func selfContained(_ outcome: RunOutcome) {
    let html = RunReport.page(SampleRuns.digits(outcome: outcome)).html()
    for word in ["http:", "https:", "src=", "<script", "@import", "url(", "<link"] {
      #expect(!html.contains(word), "\(word)")
    }
    #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">"))
    #expect(html.contains("prefers-color-scheme") && html.contains("@media print"))
  }

  @Test("the page has the headline, every plot with its data, the figures, the config and the machine")
  func contents() throws {
    let record = SampleRuns.digits()
    let html = RunReport.page(record).html()
    #expect(html.contains("samples a second on 2\u{00A0}threads."))
    #expect(html.components(separatedBy: "<svg class=\"chart\"").count - 1 == 4)
    for chart in RunCharts.all(record) {
      #expect(!chart.isEmpty)
      #expect(html.contains("<figcaption>\(chart.title)</figcaption>"))
    }
    // Every evaluation is there with its marker: the tip says its step.
    for line in record.metrics.evaluations { #expect(html.contains("step \(line.step), test accuracy")) }
    for text in [
      "71 MiB", "525 of 540", "&lt;script&gt;alert(&#39;a &amp; b&#39;)", "Example CPU 9000 &amp; &lt;co&gt;",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(html.components(separatedBy: "</details>").count - 1 == 2)
  }

  @Test("user text cannot become markup")
  func escaping() throws {
    let evil = "</title><img onerror=x>&\"'"
    var summary = try #require(SampleRuns.digits().summary)
    summary.classNames = Array(repeating: evil, count: 10)
    summary.dataset = evil
    summary.isothermVersion = evil
    let record = RunRecord(
      name: evil, folder: URL(fileURLWithPath: "/nonexistent"), configuration: evil, metrics: MetricsLog(),
      summary: summary)
    let page = RunReport.page(record)
    #expect(!page.html().contains("<img"))
    #expect(!page.html().contains("</title><"))
  }

  @Test("signs have their indices below the line in every place of a page: figures, notes, heads, cells and facts")
  func subscripts() {
    var table = TextTable(columns: [.text("B_noise"), .init("η_max")], footer: ["T_i", ""])
    table.append(["B_noise", "<η_max>"])
    let page = ReportPage(
      title: "t", kicker: "k", headline: "h", figures: [.init("B_noise", "η_max", note: "B_crit")],
      sections: [.init("s", [.table(table), .facts([("S_min", "E_min")])])])
    let html = page.html()
    for text in [
      "<dt>B<sub>noise</sub></dt><dd>η<sub>max</sub></dd><dd class=\"quiet\">B<sub>crit</sub></dd>",
      "<th scope=\"col\" class=\"text\">B<sub>noise</sub></th>", "<td class=\"text\">B<sub>noise</sub></td>",
      "<td>&lt;η<sub>max</sub>&gt;</td>", "<td class=\"text\">T<sub>i</sub></td>",
      "<dt>S<sub>min</sub></dt><dd>E<sub>min</sub></dd>",
    ] {
      #expect(html.contains(text), "\(text)")
    }
  }

  @Test("each id stands once, and labels refer to ids that are there")
  func ids() {
    let html = SampleStudies.page.html()
    func values(_ attribute: String) -> [String] {
      html.components(separatedBy: " \(attribute)=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
    }
    let ids = values("id")
    #expect(Set(ids).count == ids.count && ids.count == 2 * SampleStudies.page.charts.count)
    for reference in values("aria-labelledby").flatMap({ $0.split(separator: " ") }) {
      #expect(ids.contains(String(reference)))
    }
  }

  @Test("a run without summary, without lines, or with broken lines still has its page")
  func unfinished() {
    var record = SampleRuns.digits()
    record.summary = nil
    let running = RunReport.page(record)
    #expect(running.headline.hasPrefix("At step 800, epoch 40"))
    #expect(running.tone == .warning && running.notes.count == 1)
    record.metrics = MetricsLog(contents: Data("{\"step\":1".utf8))
    let broken = RunReport.page(record)
    #expect(broken.headline == "No step is recorded yet.")
    #expect(broken.notes.last?.contains("1 line of metrics.jsonl") == true)
    #expect(broken.html().contains("No data yet"))
  }

  @Test("a class's accuracy, its likeliest mistake and the order of the worst")
  func confusion() throws {
    let counts = try #require(ClassCounts(matrix: [[8, 1, 1, 0], [0, 0, 0, 0], [5, 1, 4, 0], [0, 0, 0, 3]]))
    let matrix = ConfusionMatrix(classNames: ["a", "b", "c", "d"], counts: counts)
    #expect(matrix.worstClasses(2) == [2, 0])
    #expect(matrix.likeliestMistake(of: 0)?.predictedClass == 1)
    #expect(matrix.likeliestMistake(of: 3) == nil)
    #expect(matrix.worstTable(1).rows == [["c", "40.0 %", "4", "10", "a (5)"]])
    // Of equal ones the one with more samples is worse.
    let equals = try #require(ClassCounts(matrix: [[0, 1, 0], [3, 0, 0], [0, 0, 2]]))
    #expect(ConfusionMatrix(classNames: nil, counts: equals).worstClasses(3) == [1, 0, 2])
    #expect(matrix.mistakeTable(2).rows == [["c", "a", "5"], ["a", "b", "1"]])
    #expect(ConfusionMatrix(classNames: ["a"], counts: counts).classNames == ["0", "1", "2", "3"])
  }

  @Test("the list of the worst says how many more are as bad as its last")
  func equallyBad() throws {
    let counts = (0..<40).map { row in (0..<40).map { $0 == (row < 25 ? (row + 1) % 40 : row) ? 2 : 0 } }
    var record = SampleRuns.digits()
    record.summary?.classes = ClassRecord(
      try #require(ClassCounts(matrix: counts)), classNames: (0..<40).map(String.init))
    #expect(RunReport.page(record).html().contains("The 20 worst of 40 classes; 5 more have 0.0 %, too."))
  }

  @Test("for many classes only the worst are listed, from a matrix or from counts", arguments: [100, 3000])
  func manyClasses(count: Int) throws {
    let counts = (0..<count).map { row in
      (0..<count).map { $0 == row ? count - row : $0 == (row + 1) % count ? row : 0 }
    }
    var record = SampleRuns.digits()
    record.summary?.classes = ClassRecord(
      try #require(ClassCounts(matrix: counts)), classNames: (0..<count).map { "class \($0)" })
    let html = RunReport.page(record).html()
    #expect(html.contains("The 20 worst of \(count == 100 ? "100" : "3,000") classes."))
    #expect(html.contains(">class \(count - 1)<") && !html.contains(">class 20<"))
    #expect(html.contains("Most frequent mistakes") && html.utf8.count < 200_000)
    #expect(!html.contains("<table class=\"matrix\">"))
  }
}
