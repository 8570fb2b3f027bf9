import Checkpoints
import Charts
import Foundation
import Records
import Reports
import TestSupport
import Testing

@Suite("Names, classes, paths and texts on pages")
struct HostilePagesTests {
  private static let elements: Set<String> = [
    "html", "head", "meta", "title", "style", "body", "main", "header", "p", "h1", "h2", "section", "div", "figure",
    "figcaption", "svg", "desc", "path", "g", "text", "tspan", "sub", "rect", "dl", "dt", "dd", "table", "caption",
    "thead", "tbody",
    "tfoot", "tr", "th", "td", "a", "details", "summary", "pre", "footer",
  ]
  private static let attributes: Set<String> = [
    "lang", "charset", "name", "content", "http-equiv", "class", "id", "role", "aria-labelledby", "viewBox", "x", "y",
    "d", "dy",
    "text-anchor", "transform", "width", "height", "href", "scope",
  ]

  @Test(
    "cannot become markup, addresses that run, or signs that turn what is read round", arguments: HostilePages.kinds)
  func escaped(_ kind: String) throws {
    let html = try HostilePages.page(kind).html()
    // It has to be there, as text; labels of plots are shortened.
    #expect(html.contains("&lt;/script&gt;&lt;img src="), "\(kind)")
    for tag in html.matches(of: #/<([^>]*)>/#) {
      let words = tag.1.drop { $0 == "/" }
      let name = String(words.prefix { $0.isLetter || $0.isNumber || $0 == "!" })
      #expect(Self.elements.contains(name) || tag.1 == "!DOCTYPE html", "<\(tag.1)>")
      for attribute in words.matches(of: #/ ([a-zA-Z-]+)="/#) {
        #expect(Self.attributes.contains(String(attribute.1)), "<\(tag.1)>")
      }
      #expect(words.count(where: { $0 == "\"" }).isMultiple(of: 2) && !words.contains("'") || name == "meta")
    }
    for link in html.matches(of: #/href="([^"]*)"/#) {
      #expect(!link.1.contains(":") && !link.1.hasPrefix("//"), "\(link.1)")
    }
    let forbidden = html.unicodeScalars.first {
      $0.value < 0x20 && $0 != "\n" && $0 != "\t" || (0x7F..<0xA0).contains($0.value)
        || (0x202A...0x202E).contains($0.value) || (0x2066...0x2069).contains($0.value)
    }
    #expect(forbidden == nil)
  }

  @Test("a page allows its own style and nothing else", arguments: HostilePages.kinds)
  func policy(_ kind: String) throws {
    let html = try HostilePages.page(kind).html()
    let styles = html.matches(of: #/(?s)<style>(.*?)<\/style>/#)
    #expect(styles.count == 1 && !html.contains(" style="))
    let hex = SHA256Digest.hex(of: Array(try #require(styles.first).1.utf8))
    let bytes = stride(from: 0, to: hex.count, by: 2).map { place in
      UInt8(hex.dropFirst(place).prefix(2), radix: 16) ?? 0
    }
    let digest = Data(bytes).base64EncodedString()
    let policy = try #require(html.firstMatch(of: #/<meta http-equiv="Content-Security-Policy" content="([^"]*)">/#)?.1)
    #expect(policy == "default-src 'none'; style-src 'sha256-\(digest)'; base-uri 'none'; form-action 'none'")
    // It stands before whatever it is about.
    let head = try #require(html.firstRange(of: "Content-Security-Policy")).lowerBound
    #expect(try head < #require(html.firstRange(of: "<title>")).lowerBound)
  }

  @Test(
    "run nothing and make no element in a browser",
    .enabled(if: Browser.path != nil, "no Chromium or Chrome is installed"))
  func inBrowser() throws {
    // All pages in one, by frames: a browser takes seconds to start.
    try withTemporaryFolder { folder in
      let probe =
        "<script>addEventListener('load',()=>{const all=new Set([...document.querySelectorAll('*')].map(e=>"
        + "e.localName));parent.said(document.title+'|'+[...all].sort().join(' '))})</script>"
      var frames = ""
      for kind in HostilePages.kinds {
        // The probe is the one script that may run: without the policy, whatever else could would.
        let html = try HostilePages.page(kind).html()
        let open = html.replacing(#/<meta http-equiv="Content-Security-Policy"[^>]*>/#, with: "")
        #expect(open.count < html.count)
        let probed = open.replacing("</body>", with: probe + "</body>")
        let source = probed.replacing("&", with: "&amp;").replacing("\"", with: "&quot;")
        frames += "<iframe srcdoc=\"\(source)\"></iframe>"
      }
      let index = folder.appendingPathComponent("index.html")
      try """
      <!DOCTYPE html><meta charset="utf-8"><body><script>
      function said(words) { const p = document.createElement('p'); p.textContent = words;
      p.className = 'said'; document.body.append(p); }</script>\(frames)</body>
      """.write(to: index, atomically: true, encoding: .utf8)
      // The page has loaded when all its frames have, each of which calls as it does: nothing is waited for.
      let dump = try Browser.run(["--dump-dom"], page: index, in: folder)
      let said = dump.output.matches(of: #/<p class="said">([^<]*)<\/p>/#).map { String($0.1) }
      #expect(said.count == HostilePages.kinds.count, "\(dump.output.suffix(500))")
      for words in said {
        #expect(!words.hasPrefix("stolen") && !words.hasPrefix("1|"))
        let names = Set((words.split(separator: "|").last ?? "").split(separator: " ").map(String.init))
        #expect(names.subtracting(Self.elements) == ["script"], "\(names.subtracting(Self.elements))")
      }
    }
  }

  @Test(
    "and with its policy a page says nothing on a browser's console",
    .enabled(if: Browser.path != nil, "no Chromium or Chrome is installed"))
  func quiet() throws {
    try withTemporaryFolder { folder in
      let file = folder.appendingPathComponent("page.html")
      try HostilePages.page("run").html().write(to: file, atomically: true, encoding: .utf8)
      let dump = try Browser.run(["--dump-dom"], page: file, in: folder)
      #expect(dump.output.contains("</main>") && !dump.errors.contains("CONSOLE"), "\(dump.errors.suffix(600))")
      // What the page does not allow does not run: a script put in is refused, loudly.
      try HostilePages.page("run").html().replacing("</body>", with: "<script>document.title='stolen'</script></body>")
        .write(to: file, atomically: true, encoding: .utf8)
      let spoiled = try Browser.run(["--dump-dom"], page: file, in: folder)
      #expect(!spoiled.output.contains("<title>stolen") && spoiled.errors.contains("CONSOLE"))
    }
  }
}
