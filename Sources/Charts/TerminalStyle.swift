import Foundation

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the output that text goes to can show.
package struct TerminalStyle: Sendable, Equatable {
  /// Whether it is a terminal rather than a file or a pipe.
  package var isTerminal: Bool
  /// Columns.
  package var width: Int
  /// Whether colours are wanted.
  package var color: Bool
  /// Whether characters beyond ASCII are.
  package var unicode: Bool
  /// Whether a line that was written can be taken back: on a terminal that is not `dumb`.
  package var rewritesLines: Bool

  /// A style by hand; the default is that of a plain file in UTF-8.
  package init(
    isTerminal: Bool = false, width: Int = 80, color: Bool = false, unicode: Bool = true, rewritesLines: Bool? = nil
  ) {
    self.isTerminal = isTerminal
    self.width = width
    self.color = color
    self.unicode = unicode
    self.rewritesLines = rewritesLines ?? isTerminal
  }

  /// The style of a descriptor: 1 is standard output, 2 standard error.
  ///
  /// Colours need a terminal that is not `dumb` and no `NO_COLOR` (no-color.org: any text but the empty one). The
  /// width is the terminal's, else `COLUMNS`, else 80. The first of `LC_ALL`, `LC_CTYPE`, `LANG` that is set decides
  /// about characters.
  package static func detect(
    descriptor: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> TerminalStyle {
    let isTerminal = isatty(descriptor) == 1
    let isDumb = environment["TERM"] == "dumb"
    let width = (isTerminal ? columns(descriptor) : nil) ?? environment["COLUMNS"].flatMap(Int.init) ?? 80
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    let isUTF8 = locale.lowercased().replacing("-", with: "").contains("utf8")
    return TerminalStyle(
      isTerminal: isTerminal, width: max(width, 20),
      color: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && !isDumb,
      unicode: isUTF8, rewritesLines: isTerminal && !isDumb)
  }

  private static func columns(_ descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A role that text plays, shown by colour where there are colours.
  package enum Role: String, CaseIterable {
    case strong = "1"
    case quiet = "2"
    case good = "32"
    case warning = "33"
    case bad = "31"
    case accent = "36"
  }

  /// The text in the role's colour, or as it is.
  package func paint(_ text: String, _ role: Role) -> String {
    color && !text.isEmpty ? Self.sequence(role.rawValue) + text + Self.sequence("0") : text
  }

  /// All sequences that ``paint(_:_:)`` writes.
  package static let sequences = (Role.allCases.map(\.rawValue) + ["0"]).map(sequence)

  private static func sequence(_ code: String) -> String { "\u{1B}[\(code)m" }

  /// The text in lines that a terminal need not break inside a word; the first begins behind `indentation` columns that
  /// are taken already, the others with as many spaces. A file keeps one line, and so does a word that is too long.
  package func wrapped(_ text: String, indentation: Int = 0) -> [String] {
    guard isTerminal, width - indentation >= 12 else { return [text] }
    var lines = [""]
    var used = indentation
    for word in text.split(separator: " ", omittingEmptySubsequences: false) {
      if used > indentation, used + 1 + word.count > width {
        lines.append(String(repeating: " ", count: indentation) + word)
        used = indentation + word.count
      } else {
        lines[lines.count - 1] += (used > indentation ? " " : "") + word
        used += (used > indentation ? 1 : 0) + word.count
      }
    }
    return lines
  }

  /// The text in what this output can show: outside UTF-8, dashes, dots and signs become ASCII.
  package func plain(_ text: String) -> String {
    guard !unicode else { return text }
    let substitutes: [Character: String] = [
      "–": "-", "—": "-", "…": "...", "×": "x", "·": ".", "µ": "u", "±": "+-", "−": "-", "→": "->",
      "≥": ">=", "≤": "<=", "≈": "~", "η": "eta", "\u{00A0}": " ", "\u{202F}": " ",
    ]
    let powers: [Character: String] = [
      "⁻": "-", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9",
    ]
    var result = ""
    var isRaised = false
    for character in text {
      if let digit = powers[character] {
        result += (isRaised ? "" : "^") + digit
        isRaised = true
      } else {
        result += character.isASCII ? String(character) : substitutes[character] ?? "?"
        isRaised = false
      }
    }
    return result
  }
}
