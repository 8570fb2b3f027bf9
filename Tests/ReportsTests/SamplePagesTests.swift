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
    func write(_ page: ReportPage, _ name: String) throws {
      for (ending, theme) in [("", nil as ReportPage.Theme?), ("-dark", .dark)] {
        let file = folder.appendingPathComponent("\(name)\(ending).html")
        try page.html(theme: theme).write(to: file, atomically: true, encoding: .utf8)
      }
    }
    for outcome in RunOutcome.allCases {
      try write(RunReport.page(SampleRuns.digits(outcome: outcome)), outcome.rawValue)
    }
    try write(SampleStudies.page, "study")
    try write(OverlayReport.page(SampleRuns.several), "overlay")
    try write(OverlayReport.page(SampleRuns.seeds), "seeds")
    try write(SampleScale.record.page, "scale")
    try write(SampleSweeps.batches().page, "sweep")
    try write(SampleSweeps.rules().page, "sweep-rules")
    try write(SampleTemperature.noise.page, "noise")
    try write(SampleTemperature.equilibrium.page, "equilibrium")
    try write(SampleTemperature.linearity.page, "linearity")
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
      text += SampleSweeps.rules().closingText(style: style) + "\n"
      text += SampleTemperature.noise.closingText(style: style) + "\n"
      text += SampleTemperature.equilibrium.closingText(style: style) + "\n"
      text += SampleTemperature.linearity.closingText(style: style)
      try text.write(to: folder.appendingPathComponent(name + ".txt"), atomically: true, encoding: .utf8)
    }
  }
}
