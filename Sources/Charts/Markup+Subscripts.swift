extension Markup {
  /// Signs that are written with an underscore in plain text; no other word becomes one, whatever a user's names are.
  private static let indexed: Set<String> = [
    "B_crit", "B_noise", "S_min", "E_min", "η_max", "η_opt", "λ_i", "T_i", "Var_i", "C_ii", "Δ_k", "Δ_1",
  ]

  /// A text cut into pieces that stand on the line and below it.
  private static func pieces(_ text: String) -> [(text: String, isBelow: Bool)] {
    guard text.contains("_") else { return [(text, false)] }
    var result: [(text: String, isBelow: Bool)] = [("", false)]
    var word = ""
    func flush() {
      let parts = word.split(separator: "_", maxSplits: 1)
      if parts.count == 2, indexed.contains(word) {
        result[result.count - 1].text += parts[0]
        result += [(String(parts[1]), true), ("", false)]
      } else {
        result[result.count - 1].text += word
      }
      word = ""
    }
    for character in text {
      if character.isLetter || character.isNumber || character == "_" {
        word.append(character)
      } else {
        flush()
        result[result.count - 1].text.append(character)
      }
    }
    flush()
    return result.filter { !$0.text.isEmpty }
  }

  /// The escaped text with `<sub>` for what stands below the line.
  package static func html(_ text: String) -> String {
    pieces(text).map { $0.isBelow ? "<sub>\(escaped($0.text))</sub>" : escaped($0.text) }.joined()
  }

  /// The escaped text of an SVG `<text>`, with shifted `<tspan>`s.
  package static func svg(_ text: String) -> String {
    var result = ""
    var isLowered = false
    for piece in pieces(text) {
      let words = escaped(piece.text)
      if piece.isBelow {
        result += "<tspan class=\"below\" dy=\"3\">\(words)</tspan>"
      } else {
        // The next piece returns to the line: no browser does so of its own accord.
        result += isLowered ? "<tspan dy=\"-3\">\(words)</tspan>" : words
      }
      isLowered = piece.isBelow
    }
    return result
  }
}
