/// What a writer may have meant where a text is no JSON, in words that follow `unexpected …`.
struct JSONHint {
  /// The text with blanks in the place of comments.
  private let bytes: [UInt8]
  private let place: Int

  /// A hint for the byte at which the text stops being JSON.
  init(_ bytes: [UInt8], at place: Int) {
    self.bytes = bytes
    self.place = place
  }

  /// `nil` where nothing is known but that it is wrong.
  var text: String? {
    if let foreign { return foreign }
    guard place < bytes.count else { return nil }
    return ofCharacter ?? ofWord ?? ofPlace
  }

  // MARK: Other formats

  private static let instead = "a config is JSON: { \"key\": value, … }"

  /// A text of another format, told by its first line.
  private var foreign: String? {
    guard let start = bytes.firstIndex(where: { !Self.isBlank($0) }) else {
      return "the text is empty; \(Self.instead)"
    }
    let rest = bytes[start...]
    let line = String(decoding: rest.prefix { $0 != 10 && $0 != 13 }.prefix(200), as: UTF8.self)
    if line.wholeMatch(of: /\[\[?[\w.\- ]+\]\]?\s*/) != nil,
      Int(line.filter(\.isNumber)) == nil || line.contains(where: \.isLetter)
    {
      return "the text looks like TOML; \(Self.instead)"
    }
    guard let first = rest.first, !"{[\"".utf8.contains(first), place <= start + 64 else { return nil }
    if line.hasPrefix("<") { return "the text looks like XML or a web page; \(Self.instead)" }
    if line.hasPrefix("#") { return "comments begin with //; and \(Self.instead)" }
    if line.hasPrefix("---") || line.hasPrefix("- ") || line.firstMatch(of: /^[\w.\-]+\s*:(\s|$)/) != nil {
      return "the text looks like YAML; \(Self.instead)"
    }
    if line.firstMatch(of: /^[\w.\-]+\s*=/) != nil { return "the text looks like TOML; \(Self.instead)" }
    if line.contains(",") || line.contains(";") || line.contains("\t") {
      return "the text looks like a table (CSV); \(Self.instead)"
    }
    return "the text is not JSON; \(Self.instead)"
  }

  // MARK: One character

  private var ofCharacter: String? {
    switch String(decoding: bytes[place...].prefix(16), as: UTF8.self).first {
    case "'", "`": "strings and keys are written in double quotes \"…\""
    case "“", "”", "„", "‘", "’", "«", "»": "only straight quotes \"…\" enclose strings and keys"
    case "#": "comments begin with //"
    case "=": "a colon stands between key and value"
    case ";": "entries have commas between them"
    case "+": "a number has no + before it"
    case "(": "lists are written in square brackets [ … ]"
    case "\u{A0}", "\u{200B}", "\u{2028}", "\u{3000}", "\u{FEFF}": "an invisible character that is not a JSON blank"
    default: nil
    }
  }

  // MARK: One word

  /// Letters, digits and signs around the place.
  private var word: String {
    func isPart(_ byte: UInt8) -> Bool {
      (48...57).contains(byte) || (65...90).contains(byte & 0xDF) || byte >= 128 || "_.+-".utf8.contains(byte)
    }
    var (first, end) = (place, place)
    while first > 0, place - first < 64, isPart(bytes[first - 1]) { first -= 1 }
    while end < bytes.count, end - place < 64, isPart(bytes[end]) { end += 1 }
    return String(decoding: bytes[first..<end], as: UTF8.self)
  }

  private var ofWord: String? {
    let word = word
    switch word.lowercased() {
    case "true", "false": return word == word.lowercased() ? nil : "write \(word.lowercased())"
    case "yes", "on": return "write true"
    case "no", "off": return "write false"
    case "none", "nil", "undefined", "null": return word == "null" ? nil : "write null, or leave the key out"
    case "nan", "inf", "infinity", "-nan", "-inf", "-infinity", "+inf", "+infinity":
      return "JSON has no number \(word)"
    default: break
    }
    guard let first = word.first(where: { $0 != "-" && $0 != "+" }), first.isNumber || first == "." else { return nil }
    if word.hasPrefix(".") || word.hasPrefix("-.") || word.hasSuffix(".") || word.contains(".e") || word.contains(".E")
    {
      return "a number has digits before and after its point"
    }
    if word.allSatisfy(\.isNumber) { return nil }
    if word.contains("_") { return "a number has no _ between its digits" }
    if word.lowercased().hasPrefix("0x") { return "numbers are decimal" }
    return "\(word.prefix(40)) is not a number; strings are written in double quotes"
  }

  // MARK: What stands before

  private var ofPlace: String? {
    let (open, last) = before
    let isNameStart = (65...90).contains(bytes[place] & 0xDF) || bytes[place] == UInt8(ascii: "_")
    switch bytes[place] {
    case UInt8(ascii: "]") where open == UInt8(ascii: "{"): return "an object { … } is open here, no list"
    case UInt8(ascii: "}") where open == UInt8(ascii: "["): return "a list [ … ] is open here, no object"
    default: break
    }
    guard let last else { return nil }
    if open == nil, "}]".utf8.contains(last) { return "the text continues after the end of the config" }
    if open == UInt8(ascii: "{"), "{,".utf8.contains(last) {
      return isNameStart ? "keys are written in double quotes" : "a key in double quotes is expected"
    }
    if "\"}]".utf8.contains(last) || (48...57).contains(last) || (97...122).contains(last) {
      return "a comma or a colon is missing before it"
    }
    return isNameStart ? "strings are written in double quotes" : nil
  }

  /// The innermost bracket that is open at the place, and the last character before it that is no blank.
  private var before: (open: UInt8?, last: UInt8?) {
    var open: [UInt8] = []
    var last: UInt8?
    var isInString = false
    var position = 0
    while position < place {
      let byte = bytes[position]
      if isInString {
        if byte == UInt8(ascii: "\\") { position += 1 }
        if byte == UInt8(ascii: "\"") { isInString = false }
      } else if byte == UInt8(ascii: "\"") {
        isInString = true
      } else if "{[".utf8.contains(byte) {
        open.append(byte)
      } else if "}]".utf8.contains(byte) {
        _ = open.popLast()
      }
      if !Self.isBlank(byte) { last = byte }
      position += 1
    }
    return (open.last, last)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
}
