import Charts
import Foundation
import Reports
import TestSupport
import Testing

@Suite("What reaches a terminal")
struct EscapingTests {
  @Test("no character that steers a terminal or turns the writing gets through, and every other one does")
  func allScalars() throws {
    let scalars = (0...0x2FFF).compactMap { Unicode.Scalar($0) }
    for scalar in scalars {
      let shown = TerminalText.shown("a\(Character(scalar))b", keepsColors: true)
      let isControl = scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
      let turns = scalar.properties.isBidiControl
      let breaks = ["\u{2028}", "\u{2029}"].contains(scalar)
      if isControl || turns || breaks {
        #expect(shown.unicodeScalars.count == 8 && shown.hasPrefix("a\\u") && shown.hasSuffix("b"), "\(scalar.value)")
        #expect(UInt32(shown.dropFirst(3).prefix(4), radix: 16) == scalar.value)
      } else {
        #expect(Array(shown.unicodeScalars) == ["a", scalar, "b"], "\(scalar.value)")
      }
    }
  }

  @Test("colours of our own pass where they are wanted, nothing else that begins as they do")
  func colors() {
    let style = TerminalStyle(isTerminal: true, color: true)
    let roles = TerminalStyle.Role.allCases.map { style.paint("word", $0) }
    let pixel = "\u{1B}[38;2;255;0;17m\u{1B}[48;2;0;0;255m▀\u{1B}[0m"
    for text in roles + [pixel] {
      #expect(TerminalText.shown(text, keepsColors: true) == text)
      #expect(!TerminalText.shown(text, keepsColors: false).contains("\u{1B}"))
    }
    let hostile = [
      "\u{1B}[2J", "\u{1B}]0;title\u{07}", "\u{1B}[8m", "\u{1B}[31;8m", "\u{1B}[38;2;1;2;3;8;9;10;11;12m",
      "\u{1B}[38;2;1J",
      "\u{1B}", "\u{1B}[", "\u{1B}[38;2;1;2;\u{1B}[31", "\u{9B}31m", "\u{1B}[38;2;١;2;3m", "name\rother",
    ]
    for text in hostile {
      let shown = TerminalText.shown(text, keepsColors: true)
      #expect(!shown.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x9B }, "\(shown)")
    }
  }

  @Test("a JSON text keeps its meaning")
  func json() throws {
    let names = ["\u{1B}[2J", "\u{7F}", "\u{9B}1m", "\u{202E}gpj.exe", "plain", "two\nlines"]
    let text = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
    let shown = TerminalText.shown(text, keepsColors: false)
    #expect(try JSONDecoder().decode([String].self, from: Data(shown.utf8)) == names)
    #expect(!shown.unicodeScalars.contains { [0x1B, 0x7F, 0x9B, 0x202E].contains($0.value) })
  }

  @Test("progress with a hostile name stays on its line", arguments: [true, false])
  func progress(isLive: Bool) {
    let written = Locked("")
    let writer = ProgressWriter(
      mode: isLive ? .live(interval: 0) : .lines(interval: 0),
      style: { TerminalStyle(isTerminal: true, width: 100, color: true) }, clock: { 0 },
      write: { text in written.withLock { $0 += text } })
    writer.update(ProgressState(step: 1, steps: 2, activity: "loading \u{1B}[2J\u{1B}]0;x\u{07}\r\n.csv"), force: true)
    writer.message("note: \u{1B}[2J")
    let text = written.withLock { $0 }.replacing("\r\u{1B}[K", with: "")
    let colors = TerminalStyle.sequences.reduce(text) { $0.replacing($1, with: "") }
    #expect(!colors.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" }, "\(colors.debugDescription)")
    #expect(text.contains("\\u001b[2J") && text.contains("\\u000d\\n.csv"))
  }
}
