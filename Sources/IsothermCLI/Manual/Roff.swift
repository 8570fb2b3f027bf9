/// Text in the language of manual pages (the `man` macros, which groff and mandoc both know).
struct Roff {
  private(set) var text = ""

  /// A macro and its arguments.
  mutating func macro(_ name: String, _ arguments: String...) {
    let quoted = arguments.map { " \"\(Self.escaped($0).replacing("\"", with: "\\(dq"))\"" }
    text += ".\(name)\(quoted.joined())\n"
  }

  /// Lines that are escaped, with `code` between backquotes in bold.
  mutating func line(_ line: String) {
    var isCode = false
    let parts = line.split(separator: "`", omittingEmptySubsequences: false).map { part -> String in
      defer { isCode.toggle() }
      return isCode ? Self.bold(String(part)) : Self.escaped(String(part))
    }
    let joined = parts.joined()
    // A dot or an apostrophe in front would be a macro.
    text += (joined.hasPrefix(".") || joined.hasPrefix("'") ? "\\&" : "") + joined + "\n"
  }

  /// A line of macros and escapes that was made here.
  mutating func raw(_ line: String) { text += line + "\n" }

  /// Paragraphs of a help text; lines that stand in by two blanks stay as they are.
  mutating func paragraphs(_ discussion: String) {
    var isBlock = false
    var needsBreak = false
    for line in discussion.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if line.hasPrefix("  "), !isBlock {
        raw(".PP\n.RS 4\n.nf")
        isBlock = true
      } else if !line.hasPrefix("  "), isBlock {
        raw(".fi\n.RE")
        isBlock = false
        needsBreak = true
      }
      if line.isEmpty {
        needsBreak = true
      } else if isBlock {
        self.line(line.drop { $0 == " " }.description)
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
