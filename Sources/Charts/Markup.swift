/// Text inside HTML and SVG.
package enum Markup {
  /// The text with every character escaped that has a meaning in markup or in a quoted attribute; control characters,
  /// which XML forbids, and those that turn the direction of what follows round, so that a name could look like
  /// another, become a replacement sign.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\n", "\t": result.unicodeScalars.append(scalar)
      case _
      where scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || scalar.value & 0xFFFE == 0xFFFE
        || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A relative path as the address of a link, for a quoted attribute: whatever the file's name, it is one of a file
  /// and not of a script or of another host.
  package static func link(to path: String) -> String {
    var result = path.hasPrefix("/") ? "." : ""
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        result.unicodeScalars.append(UnicodeScalar(byte))
      default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }
    return result
  }

  /// The text with every space behind a digit or ± made one that does not break: a number stays with its unit.
  package static func unbroken(_ text: String) -> String {
    var result = ""
    for character in text {
      let followsDigit = result.last.map { $0.isWholeNumber || $0 == "±" } ?? false
      result.append(character == " " && followsDigit ? "\u{00A0}" : character)
    }
    return result
  }

  /// A coordinate with at most one decimal.
  package static func coordinate(_ value: Double) -> String {
    let tenths = Int(within: (min(max(value, -1e6), 1e6) * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let size = tenths.magnitude
    return size.isMultiple(of: 10) ? "\(sign)\(size / 10)" : "\(sign)\(size / 10).\(size % 10)"
  }

  /// Width of a text in a common sans-serif face at a font size, a little generous: nothing here can ask a browser.
  package static func width(of text: String, fontSize: Double) -> Double {
    var ems = 0.0
    for character in text {
      switch character {
      case "i", "l", "j", "I", ".", ",", ":", ";", "|", "'", "!": ems += 0.3
      case " ", "f", "t", "r", "(", ")", "/", "-": ems += 0.36
      case "m", "w", "M", "W", "%", "@": ems += 0.9
      case "A"..."Z", "&": ems += 0.72
      default: ems += 0.58
      }
    }
    return ems * fontSize * 1.04
  }
}
