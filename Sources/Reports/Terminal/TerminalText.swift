import Charts

/// The door to a terminal: what names, files and data bring along cannot steer it.
///
/// A class may be called `\u{1B}[2J`, a file `\u{1B}]0;…`; a terminal would obey. What gets through are line breaks, tabs, and,
/// where colours are wanted, the very sequences that ``Charts/TerminalStyle`` paints with.
package enum TerminalText {
  /// The text with every character that steers a terminal or the order of letters written out, as JSON does: `\u001b`. So a
  /// JSON text, where such a character can only stand in a string, keeps its meaning.
  ///
  /// - Parameter keepsColors: whether the sequences of colours pass.
  package static func shown(_ text: String, keepsColors: Bool) -> String {
    guard text.unicodeScalars.contains(where: steers) else { return text }
    var result = ""
    var rest = Substring(text).unicodeScalars
    while let scalar = rest.first {
      if keepsColors, scalar == "\u{1B}", let color = color(rest) {
        result.unicodeScalars.append(contentsOf: color)
        rest = rest[color.endIndex...]
        continue
      }
      if steers(scalar) { result += written(scalar) } else { result.unicodeScalars.append(scalar) }
      rest = rest.dropFirst()
    }
    return result
  }

  /// The same for a line of a terminal, which a line break in a name would tear.
  package static func line(_ text: String, keepsColors: Bool) -> String {
    shown(text, keepsColors: keepsColors).replacing("\n", with: "\\n").replacing("\t", with: " ")
  }

  /// Control characters of both sets but line break and tab, and those that turn the direction of writing: names that read
  /// backwards deceive.
  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x09, 0x0A: false
    case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
    default: false
    }
  }

  private static func written(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
  }

  /// The colour that a text begins with, if it does: one of a role or, as pictures have them, one of red, green and blue.
  private static func color(_ text: Substring.UnicodeScalarView) -> Substring.UnicodeScalarView? {
    guard let end = text.prefix(longestColor).firstIndex(of: "m") else { return nil }
    let sequence = text[...end]
    let words = String(sequence)
    let ofPicture =
      ["\u{1B}[38;2;", "\u{1B}[48;2;"].contains { words.hasPrefix($0) }
      && sequence.dropFirst(2).dropLast().allSatisfy {
        $0 == ";" || $0.properties.numericType == .decimal && $0.isASCII
      }
    return ofPicture || TerminalStyle.sequences.contains(words) ? sequence : nil
  }

  /// Of `ESC[38;2;255;255;255m`.
  private static let longestColor = 19
}
