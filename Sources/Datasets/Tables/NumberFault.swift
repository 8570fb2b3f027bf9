/// What keeps a text that looks like a number from being read as one: nothing is guessed where it could be read in two ways.
struct NumberFault {
  /// For messages: "a thousands separator".
  let found: String
  let remedy: String

  init(found: String, remedy: String) {
    self.found = found
    self.remedy = remedy
  }

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
      } else if let fault = NumberFault(form: plain) {
        self = fault
      } else {
        return nil
      }
    }
  }

  /// Numbers with other digits or signs than those of ASCII, short years and times of day.
  private init?(form text: String) {
    let digits = text.map { character -> String in
      if character == "−" || character == "–" { return "-" }
      return character.wholeNumberValue.map(String.init) ?? String(character)
    }.joined()
    if digits != text, parseNumber(Array(digits.utf8)) != nil {
      self.init(found: "a number with other signs than 0 to 9 and -", remedy: "write it with those")
      return
    }
    let parts = text.split(omittingEmptySubsequences: false) { "./-:".contains($0) }
    let separators = Set(text.filter { "./-:".contains($0) })
    let isDigits = parts.allSatisfy { (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) }
    guard isDigits, separators.count == 1 else { return nil }
    if separators == [":"], parts.count == 2 || parts.count == 3 {
      self.init(found: "a time of day", remedy: "write it as a number of seconds or hours")
    } else if separators != [":"], parts.count == 3 {
      self.init(found: "a date with a year of two digits", remedy: "write years with four digits")
    } else {
      return nil
    }
  }

  /// The fault of numbers that all have the same unit behind them; `nil` for others.
  static func unit(of texts: [String]) -> NumberFault? {
    guard texts.count >= 3, let first = texts.first else { return nil }
    let unit = String(first.drop { "+-0123456789.,".contains($0) })
    guard !unit.isEmpty, unit.count < first.count, unit.count <= 12 else { return nil }
    let isOfAll = texts.allSatisfy { text in
      text.hasSuffix(unit) && parseNumber(Array(text.dropLast(unit.count).utf8)) != nil
    }
    guard isOfAll else { return nil }
    return NumberFault(
      found: "the unit \"\(unit.drop(while: \.isWhitespace))\" behind a number",
      remedy: "write numbers without it")
  }
}
