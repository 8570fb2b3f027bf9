import Charts
import Foundation
import Records
import Reports
import Testing

/// Where sample pages go, for someone who wants to look at them: `ISOTHERM_WRITE_PAGES=DIR`.
enum SamplePages {
  static let folder = ProcessInfo.processInfo.environment["ISOTHERM_WRITE_PAGES"].map(URL.init(fileURLWithPath:))
}

@Suite("Pages to look at", .enabled(if: SamplePages.folder != nil, "ISOTHERM_WRITE_PAGES names no folder"))
struct SamplePagesTests {
  @Test("sample pages are written for the eye")
  func write() throws {
    let folder = try #require(SamplePages.folder)
    for outcome in RunOutcome.allCases {
      let page = RunReport.page(SampleRuns.digits(outcome: outcome))
      try page.html().write(
        to: folder.appendingPathComponent("\(outcome.rawValue).html"), atomically: true, encoding: .utf8)
      try page.html(theme: .dark).write(
        to: folder.appendingPathComponent("\(outcome.rawValue)-dark.html"), atomically: true, encoding: .utf8)
    }
    try SampleStudies.page.html().write(
      to: folder.appendingPathComponent("study.html"), atomically: true, encoding: .utf8)
    try SampleStudies.page.html(theme: .dark).write(
      to: folder.appendingPathComponent("study-dark.html"), atomically: true, encoding: .utf8)
    for (name, runs) in [("overlay", SampleRuns.several), ("seeds", SampleRuns.seeds)] {
      try OverlayReport.page(runs).html().write(
        to: folder.appendingPathComponent("\(name).html"), atomically: true, encoding: .utf8)
      try OverlayReport.page(runs).html(theme: .dark).write(
        to: folder.appendingPathComponent("\(name)-dark.html"), atomically: true, encoding: .utf8)
    }
    try ScaleReport.page(SampleScale.record).html().write(
      to: folder.appendingPathComponent("scale.html"), atomically: true, encoding: .utf8)
    for (name, record) in [("sweep", SampleSweeps.batches()), ("sweep-rules", SampleSweeps.rules())] {
      let page = SweepReport.page(record)
      try page.html().write(to: folder.appendingPathComponent("\(name).html"), atomically: true, encoding: .utf8)
      try page.html(theme: .dark).write(
        to: folder.appendingPathComponent("\(name)-dark.html"), atomically: true, encoding: .utf8)
    }
    try RunCharts.loss(SampleRuns.digits()).svgFile().write(
      to: folder.appendingPathComponent("loss.svg"), atomically: true, encoding: .utf8)
  }

  @Test("sample text is written for the eye")
  func writeText() throws {
    let folder = try #require(SamplePages.folder)
    let styles = [
      ("color", TerminalStyle(isTerminal: true, width: 100, color: true)), ("plain", TerminalStyle(width: 80)),
      ("ascii", TerminalStyle(width: 60, unicode: false)),
    ]
    for (name, style) in styles {
      var text = ""
      for outcome in RunOutcome.allCases {
        let summary = try #require(SampleRuns.digits(outcome: outcome).summary)
        text += summary.closingText(folder: "runs/digits-20250601-101500", style: style) + "\n"
      }
      for width in [100, 80, 60, 40, 20] {
        text +=
          ProgressLine.render(
            SamplePlan.progress, width: width, color: style.color, unicode: style.unicode) + "\n"
      }
      text += "\n" + SamplePlan.record.text(schedule: SamplePlan.schedule, style: style) + "\n"
      for chart in RunCharts.all(SampleRuns.digits()) { text += TextPlot(chart).render(style) + "\n" }
      text += TextPlot(SampleStudies.stepsToTarget).render(style) + TextPlot(SampleStudies.empty).render(style)
      text += "\n" + SampleScale.record.closingText(style: style)
      text += "\n" + SampleSweeps.batches().closingText(style: style) + "\n"
      text += SampleSweeps.rules().closingText(style: style)
      try text.write(to: folder.appendingPathComponent(name + ".txt"), atomically: true, encoding: .utf8)
    }
  }
}
