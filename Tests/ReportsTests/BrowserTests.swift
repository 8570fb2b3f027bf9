import Charts
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

  @Test("every place of every plot answers the pointer with values, or with the note of a marker")
  func pointer() throws {
    let pages = [
      RunReport.page(SampleRuns.digits(outcome: .completed)), SampleStudies.page,
      OverlayReport.page(SampleRuns.several), OverlayReport.page(SampleRuns.seeds), SampleScale.record.page,
      SampleSweeps.batches().page, SampleSweeps.rules().page, SampleTemperature.noise.page,
      SampleTemperature.equilibrium.page, SampleTemperature.linearity.page,
    ]
    for page in pages {
      try withFolder { folder in
        let file = folder.appendingPathComponent("page.html")
        let html = page.html().replacing(ReportPage.policy, with: "").replacing(
          "</body>", with: "<script>\(Self.point)</script></body>")
        try html.write(to: file, atomically: true, encoding: .utf8)
        let dump = try Browser.run(["--dump-dom", "--window-size=1280,900"], page: file, in: folder)
        let found = dump.output.components(separatedBy: "POINTED[").last?.components(separatedBy: "]END").first
        #expect(found == "", "\(page.title)")
        let full = page.charts.count { !$0.isEmpty }
        #expect(full > 0 && dump.output.contains("PLOTS \(full) "), "\(page.title)")
      }
    }
  }

  /// Writes into the page where a pointer over a plot would find nothing.
  private static let point = """
    document.querySelectorAll("details").forEach(d => d.open = true);
    const silent = new Set();
    const plots = [...document.querySelectorAll("svg.chart")]
      .filter(p => p.getBoundingClientRect().width > 0 && p.querySelector("svg"));
    for (const plot of plots) {
      plot.scrollIntoView({block: "center"});
      // The plot's area, which a nested drawing clips with a little room.
      const inner = plot.querySelector("svg");
      const [x, y, w, h] = ["x", "y", "width", "height"].map(n => inner[n].baseVal.value);
      const place = plot.getScreenCTM();
      for (let i = 1; i < 40; i++) for (let j = 1; j < 12; j++) {
        const at = new DOMPoint(x + (w - 2) * i / 40, y + 2 + (h - 4) * j / 12).matrixTransform(place);
        const found = document.elementFromPoint(at.x, at.y);
        const answers = [...(found?.children ?? [])].some(c => c.tagName == "title") && found.tagName != "svg";
        if (!answers) silent.add(plot.querySelector("title").textContent + ": " + found?.outerHTML.slice(0, 60));
      }
    }
    document.body.append("PLOTS " + plots.length + " POINTED" + "[" + [...silent].join("; ") + "]END");
    """

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
