/// What keeps a text that looks like a number from being read as one: nothing is guessed where it could be read in two ways.
struct NumberFault {
  /// For messages: "a thousands separator".
  let found: String
  let remedy: String

  /// `nil` for text that does not look like a number.
  init?(_ text: String) {
    let lower = text.lowercased()
    guard lower.contains(where: \.isNumber) || lower.hasSuffix("inf") || lower.hasSuffix("infinity") else { return nil }
    if ["inf", "-inf", "+inf", "infinity", "-infinity", "+infinity"].contains(lower) {
      (found, remedy) = ("an infinite number", "leave the cell empty, or remove the row")
    } else if lower.hasPrefix("0x"), lower.dropFirst(2).allSatisfy(\.isHexDigit) {
      (found, remedy) = ("a hexadecimal number", "write the number in decimal digits")
    } else if let number = Double(lower), number.magnitude > Double(Float.greatestFiniteMagnitude) {
      (found, remedy) = ("a number beyond single precision's 3.4e38", "write the column in another unit")
    } else {
      func isNumber(_ text: some StringProtocol) -> Bool {
        parseNumber(Array(text.utf8)) != nil
      }
      let plain = lower.filter { !$0.isWhitespace }
      let signs = "$€£¥₹₽"
      if plain.hasSuffix("%"), isNumber(plain.dropLast().replacing(",", with: ".")) {
        (found, remedy) = ("a percent sign", "write the numbers without it")
      } else if plain.contains(where: signs.contains),
        isNumber(plain.filter { !signs.contains($0) && $0 != "," && $0 != "'" })
      {
        (found, remedy) = ("a currency sign", "write the numbers without it")
      } else if isNumber(plain.filter { $0 != "," && $0 != "'" && $0 != "’" && $0 != "_" }),
        plain.contains(where: ",'’_".contains) || plain != lower
      {
        (found, remedy) = (
          "a thousands separator, or a decimal comma",
          "write numbers without separators of thousands, or name \"decimal\": \",\" if that is what commas are"
        )
      } else if plain.contains("."), plain.contains(","), isNumber(plain.filter { $0 != "." }.replacing(",", with: "."))
      {
        (found, remedy) = ("a thousands separator", "write numbers without separators of thousands")
      } else if plain.filter({ $0 == "." }).count > 1, isNumber(plain.filter { $0 != "." }) {
        (found, remedy) = ("several points", "write numbers without separators of thousands")
      } else {
        return nil
      }
    }
  }
}
