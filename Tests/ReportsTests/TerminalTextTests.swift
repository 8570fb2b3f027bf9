import Charts
import Foundation
import JSON
import Records
import Reports
import Testing

@Suite("Terminal text")
struct TerminalTextTests {
  @Test("columns are aligned, units stand in the head, the footer is set apart")
  func table() {
    let table = TextTable(
      caption: "Cells", columns: [.text("name"), .init("time", unit: "ms")], rows: [["a", "1.5"], ["long", "20.25"]],
      footer: ["all", "21.75"])
    #expect(
      table.render() == """
        Cells
          name  time (ms)
          ───────────────
          a           1.5
          long      20.25
          ───────────────
          all       21.75

        """)
  }

  @Test("a table keeps to the width as long as words can be cut")
  func narrowTable() {
    var table = TextTable(columns: [.text("kind"), .init("n")])
    table.append([String(repeating: "word ", count: 30), "12"])
    table.append(["short"])
    for unicode in [true, false] {
      let lines = table.render(TerminalStyle(width: 40, unicode: unicode)).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= 40 })
      #expect(lines[2].hasSuffix(unicode ? "…  12" : "..  12"))
    }
  }

  @Test("where a table is too wide, heads take several lines and columns come closer, and numbers stay whole")
  func narrowHeads() {
    let table = TextTable(
      columns: [.text("layer"), .text("kind"), .init("output"), .init("parameters"), .init("forward FLOPs")],
      rows: [["0", "dense 128 + relu", "128", "8,320", "16.4 k"]], footer: ["", "", "a sample", "26,122", "51.7 k"])
    for width in [44, 48, 52] {
      let lines = table.render(TerminalStyle(width: width)).split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
      #expect(lines[0].hasSuffix(" forward") && lines[1].hasSuffix(" FLOPs"))
      for number in ["8,320", "16.4 k", "26,122", "51.7 k", "a sample"] {
        #expect(lines.contains { $0.contains(number) }, "\(number)")
      }
    }
    #expect(table.render(TerminalStyle(width: 70)).hasPrefix("  layer  kind                output"))
  }

  @Test("lines that a terminal would break inside words are broken between them, under their value")
  func fitted() {
    let style = TerminalStyle(isTerminal: true, width: 30, color: true)
    #expect(
      style.fitted("  data    1,130 training samples, 540 test samples\nshort") == """
          data    1,130 training
                  samples, 540 test
                  samples
        short
        """)
    #expect(
      style.fitted("  scaling: what the rate is multiplied by") == """
          scaling: what the rate is
            multiplied by
        """)
    // Colours take no room, a word that is too long stays whole, and so does a line without words.
    let painted = "  " + style.paint("data", .quiet) + "    1,130 training samples"
    #expect(style.fitted(painted + " and more") == String(painted.dropLast(8)) + "\n          samples and more")
    let long = String(repeating: "─", count: 40)
    #expect(style.fitted(long) == long)
    #expect(
      style.fitted("see \(long) there").split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) } == [
        "see", long, "there",
      ])
    #expect(
      TerminalStyle(width: 30).fitted("  a line of a file that is longer than that")
        == "  a line of a file that is longer than that")
  }

  @Test("the closing text says what was reached and where it is")
  func closing() throws {
    let text = try #require(SampleRuns.digits(outcome: .interrupted).summary)
      .closingText(folder: "runs/x", style: TerminalStyle(unicode: false))
    #expect(text.contains("  report         runs/x/report.html\n"))
    #expect(text.contains("isotherm train --resume runs/x"))
    #expect(text.allSatisfy { $0.isASCII })
  }

  @Test("the closing text names the best evaluation where it was better than the last, and only there")
  func closingBest() throws {
    var summary = try #require(SampleRuns.digits().summary)
    (summary.testAccuracy, summary.bestTestAccuracy, summary.bestStep) = (0.91, 0.975, 640)
    #expect(summary.closingText(folder: "runs/x").contains("91.00 % ("))
    #expect(summary.closingText(folder: "runs/x").contains(", best 97.50 % at step 640"))
    summary.bestTestAccuracy = 0.91
    #expect(!summary.closingText(folder: "runs/x").contains(", best"))
  }

  @Test("on a narrow terminal the closing text breaks between words and under its column, in a file not at all")
  func narrowClosing() throws {
    let summary = try #require(SampleRuns.digits().summary)
    let wide = summary.closingText(folder: "runs/x", style: TerminalStyle(width: 40, unicode: false))
    #expect(wide.contains { $0.isNewline } && wide.split(separator: "\n").contains { $0.count > 60 })
    // 35 columns hold the longest path, which stays whole so that it can be copied.
    for width in [35, 40, 60, 80] {
      let text = summary.closingText(folder: "runs/x", style: TerminalStyle(isTerminal: true, width: width))
      let lines = text.split(separator: "\n")
      #expect(lines.allSatisfy { $0.count <= width }, "\(text)")
      let words = { (text: String) in text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
      #expect(words(text) == words(summary.closingText(folder: "runs/x")))
    }
  }

  @Test("outside UTF-8 powers of ten keep their exponents")
  func powers() {
    let chart = Chart(
      "t", x: ChartAxis("x"), y: ChartAxis("y", scale: .logarithmic(base: 10), range: 1e-9...1),
      series: [ChartSeries("s", [ChartPoint(0, 1e-9), ChartPoint(1, 1)])])
    let text = TextPlot(chart, rows: 8).render(TerminalStyle(unicode: false))
    #expect(text.contains("10^-") && !text.contains("?"))
  }

  @Test("a plan's JSON has the contract's keys")
  func planJSON() {
    let plan = PlanRecord(
      parameters: 10, steps: 20, memoryBytes: 30, learningRates: [.init(step: 0, epoch: 0, learningRate: 0.5)])
    #expect(
      JSONText.line(plan)
        == #"{"learningRates":[{"epoch":0,"learningRate":0.5,"step":0}],"memoryBytes":30,"parameters":10,"steps":20}"#
    )
  }

  @Test("a plan's text has layers, sums, memory, rates and the plot")
  func planText() {
    let text = SamplePlan.record.text(schedule: SamplePlan.schedule)
    for words in [
      "dense 128, ReLU", "a sample      26,122         51.7 k", "predicted peak               71 MiB",
      "500     25   0.04  × 0.1", "Learning rate against epoch", "note: 8 threads",
    ] { #expect(text.contains(words), "\(words)") }
    let bare = PlanRecord(parameters: 1, steps: 2, memoryBytes: 3, learningRates: [])
    #expect(bare.text(schedule: []) == "  steps       2\n  parameters  1\n  memory      3 B at the peak, predicted\n")
  }

  @Test(
    "rates have a decimal prefix",
    arguments: [
      (950, "950 samples/s"), (12_345, "12.3 k samples/s"), (999_960, "1.00 M samples/s"), (7.5, "7.5 samples/s"),
      (.nan, "–"),
    ] as [(Double, String)])
  func rate(_ value: Double, _ text: String) { #expect(HumanFormat.rate(value) == text) }

  @Test("a noise scale may be infinite")
  func noiseScale() {
    #expect(HumanFormat.scale(312) == "312" && HumanFormat.scale(.infinity) == "∞")
  }
}
