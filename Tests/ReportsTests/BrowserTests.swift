import Foundation
import Records
import Reports
import TestSupport
import Testing

@Suite(
  "Pages in a browser", .serialized, .enabled(if: Browser.path != nil, "no Chromium or Chrome is installed"))
struct BrowserTests {
  @Test(
    "a page renders every plot, without a word on the console",
    arguments: ["completed", "diverged", "study", "scale", "sweep", "overlay"])
  func rendersPage(_ name: String) throws {
    let page =
      switch name {
      case "study": SampleStudies.page
      case "sweep": SampleSweeps.batches().page
      case "scale": SampleScale.record.page
      case "overlay": OverlayReport.page(SampleRuns.several)
      default: RunReport.page(SampleRuns.digits(outcome: try #require(RunOutcome(rawValue: name))))
      }
    try withFolder { folder in
      let file = folder.appendingPathComponent("page.html")
      try page.html().write(to: file, atomically: true, encoding: .utf8)
      let dump = try Browser.run(["--dump-dom"], page: file, in: folder)
      #expect(dump.status == 0)
      #expect(dump.output.contains("</main>"))
      // One that has a row to itself is there in two widths, of which one is shown.
      func count(_ name: String) -> Int { dump.output.components(separatedBy: "class=\"\(name)\"").count - 1 }
      #expect(count("chart") + count("chart narrow") == page.charts.count)
      #expect(count("chart narrow") == count("chart wide"))
      #expect(!dump.errors.contains("CONSOLE"), "\(dump.errors)")
      let image = folder.appendingPathComponent("page.png")
      _ = try Browser.run(["--screenshot=\(image.path)", "--window-size=800,900"], page: file, in: folder)
      let bytes = try Data(contentsOf: image).count
      // A blank page of this size is about 5 kB.
      #expect(bytes > 30_000)
    }
  }

  @Test(
    "no two texts of a plot touch, none leaves its plot, and nothing is wider than the window",
    arguments: [360, 1280])
  func layout(_ width: Int) throws {
    let pages = [
      RunReport.page(SampleRuns.digits(outcome: .interrupted)),
      RunReport.page(SampleRuns.digits(outcome: .targetReached)), SampleStudies.page,
      OverlayReport.page(SampleRuns.several), OverlayReport.page(SampleRuns.seeds),
      SampleScale.record.page,
      SampleSweeps.batches().page, SampleSweeps.rules().page,
    ]
    for page in pages {
      try withFolder { folder in
        let file = folder.appendingPathComponent("page.html")
        // The page's policy would refuse a script.
        let html = page.html().replacing(ReportPage.policy, with: "").replacing(
          "</body>", with: "<script>\(Self.measure)</script></body>")
        try html.write(to: file, atomically: true, encoding: .utf8)
        let dump = try Browser.run(["--dump-dom", "--window-size=\(width),900"], page: file, in: folder)
        let found = dump.output.components(separatedBy: "MEASURED[").last?.components(separatedBy: "]END").first
        #expect(found == "", "\(page.title)")
        // The check itself has to have run, on all plots.
        #expect(dump.output.contains("PLOTS \(page.charts.count) "))
      }
    }
  }

  /// Writes what is wrong with the layout into the page.
  private static let measure = """
    document.querySelectorAll("details").forEach(d => d.open = true);
    const wrong = [];
    const plots = [...document.querySelectorAll("svg.chart")].filter(p => p.getBoundingClientRect().width > 0);
    for (const plot of plots) {
      const frame = plot.getBoundingClientRect();
      const boxes = [...plot.querySelectorAll("text")].map(t => [t.textContent, t.getBoundingClientRect()]);
      for (const [name, b] of boxes)
        if (b.left < frame.left - 4 || b.right > frame.right + 6 || b.top < frame.top - 4 || b.bottom > frame.bottom + 4)
          wrong.push(name + " leaves");
      boxes.forEach(([n, a], i) => boxes.slice(i + 1).forEach(([m, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        // Boxes hold the room for accents and descenders, so a little of it may be shared.
        if (across > 0 && down > 4) wrong.push(n + " touches " + m);
      }));
    }
    if (document.documentElement.scrollWidth > window.innerWidth) wrong.push("wider than the window");
    document.body.append("PLOTS " + plots.length + " MEASURED" + "[" + wrong.join("; ") + "]END");
    """

  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }
}
