/// Text in the language of manual pages (the `man` macros, which groff and mandoc both know).
struct Roff {
  private(set) var text = ""

  /// A macro and its arguments.
  mutating func macro(_ name: String, _ arguments: String...) {
    let quoted = arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }
    text += ".\(name)\(quoted.joined())\n"
  }

  /// A paragraph's text, escaped, with what stands between backquotes in bold, and broken between words.
  mutating func line(_ line: String) {
    var isCode = false
    let parts = line.split(separator: "`", omittingEmptySubsequences: false).map { part -> String in
      defer { isCode.toggle() }
      return isCode ? Self.bold(String(part)) : Self.escaped(String(part))
    }
    for line in Self.broken(parts.joined()) { self.verbatim(line) }
  }

  /// A line whose break stays where it is.
  private mutating func verbatim(_ line: String) {
    // A dot or an apostrophe in front would be a macro.
    text += (line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : "") + line + "\n"
  }

  /// Columns of a source line, which readers of such files keep to.
  private static let columns = 78

  private static func broken(_ text: String) -> [String] {
    var lines = [""]
    for word in text.split(separator: " ") {
      let last = lines[lines.count - 1]
      if last.isEmpty {
        lines[lines.count - 1] = String(word)
      } else if last.count + 1 + word.count <= columns {
        lines[lines.count - 1] = last + " " + word
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }

  /// Macros and escapes that were made here.
  mutating func raw(_ line: String) { text += line + "\n" }

  /// The same, broken between words.
  mutating func rawParagraph(_ text: String) {
    for line in Self.broken(text) { verbatim(line) }
  }

  /// A paragraph's macro right behind a heading would do nothing.
  private static let afterHeading = ".SH \"DESCRIPTION\"\n"

  /// Paragraphs of a help text; lines that stand in by two blanks stay as they are.
  mutating func paragraphs(_ discussion: String) {
    var isBlock = false
    var needsBreak = false
    for line in discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("  "), !isBlock {
        raw((text.hasSuffix(Self.afterHeading) ? "" : ".PP\n") + ".RS 4\n.nf")
        isBlock = true
      } else if !line.hasPrefix("  "), isBlock {
        raw(".fi\n.RE")
        isBlock = false
        needsBreak = true
      }
      if line.isEmpty {
        needsBreak = true
      } else if isBlock {
        verbatim(Self.escaped(line.drop { $0 == " " }.description))
      } else {
        if needsBreak { raw(".PP") }
        needsBreak = false
        self.line(line)
      }
    }
    if isBlock { raw(".fi\n.RE") }
  }

  static func bold(_ text: String) -> String { "\\fB\(escaped(text))\\fR" }
  static func italic(_ text: String) -> String { "\\fI\(escaped(text))\\fR" }

  /// Text as it is: backslashes and hyphens that a reader may copy, and characters beyond ASCII by their numbers.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": result += "\\e"
      case "-": result += "\\-"
      case "~": result += "\\(ti"
      case "^": result += "\\(ha"
      case "'": result += "\\(aq"
      case _ where scalar.isASCII: result.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        result += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
      }
    }
    return result
  }
}
