import Dispatch
import Foundation
import LiveView
import Reports
import TestSupport
import Testing

/// A page whose every text is hostile, and another each time it is asked for.
private final class HostileSource: LiveSource {
  static let text =
    "</script><img src=x onerror=\"document.title='stolen'\"><script>document.title='stolen'</script>\n\nevent: over\n"
    + "data: x\" onfocus=\"document.title='stolen'\" autofocus=\"\u{202E}\u{0}\u{1B}' javascript:document.title='stolen'"
  private var number = 0

  func renew() -> Bool { true }

  func page(isOver: Bool) -> ReportPage {
    number += 1
    let table = TextTable(caption: Self.text, columns: [.text(Self.text)], rows: [[Self.text]])
    return ReportPage(
      title: "title \(Self.text)", kicker: Self.text, headline: "page \(number) \(Self.text)", notes: [Self.text],
      figures: [KeyFigure(Self.text, Self.text)],
      sections: [
        .init(Self.text, [.table(table), .files([(Self.text, Self.text)]), .foldedText(Self.text, text: Self.text)])
      ], footer: Self.text)
  }

  func file(_ name: String) -> Data? { nil }
}

@Suite(
  "The live page in a browser", .serialized, .enabled(if: Browser.path != nil, "no Chromium or Chrome is installed"))
struct LiveBrowserTests {
  @Test(
    "hostile text stays text while the page renews itself, with a token and without",
    arguments: ["127.0.0.1", "0.0.0.0"])
  func hostile(host: String) throws {
    try withTemporaryFolder { folder in
      // A busy machine may take long to open the page.
      for (index, seconds) in [6.0, 30].enumerated() {
        let server = try LiveServer(host: host, port: 0)
        server.show { HostileSource() }
        let url = try #require(
          URL(string: "http://127.0.0.1:\(server.port)/" + (server.token.map { "?token=\($0.text)" } ?? "")))
        let ended = DispatchSemaphore(value: 0)
        DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
          server.finish()
          ended.signal()
        }
        let place = folder.appendingPathComponent("browser\(index)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        // The page counts as loaded when its stream of events ends.
        let dump = try Browser.run(["--dump-dom", "--virtual-time-budget=100000"], page: url, in: place)
        ended.wait()
        guard dump.output.contains("data-state=\"over\"") || index == 1 else { continue }
        // It renewed itself: so script, style and events came, by the cookie where there is a token.
        #expect(dump.output.contains("data-state=\"over\""), "\(dump.output.suffix(300))\(dump.errors.suffix(300))")
        #expect(!dump.output.contains(">page 1 "))
        #expect(dump.output.contains("<title>title &lt;/script&gt;"))
        #expect(!dump.output.contains("<img") && !dump.output.contains("<title>stolen"))
        #expect(dump.output.components(separatedBy: "<script").count == 2)
        #expect(!dump.output.contains("javascript:document.title='stolen'\">"))
        #expect(!dump.errors.contains("CONSOLE"), "\(dump.errors.suffix(600))")
        return
      }
    }
  }
}
