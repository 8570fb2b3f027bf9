/// Makes the value of a JSON text (RFC 8259, and a comma may stand behind the last element) in one pass.
///
/// `JSONDecoder` asks a value for one type after another, and each time that it is of another it makes an error that carries
/// the whole path: a text of one megabyte could take a minute. Whoever wants to know *why* a text is no JSON asks
/// `JSONSerialization`; this parser only says that it is none.
struct JSONParser {
  private let bytes: [UInt8]
  private var position = 0

  /// Objects and arrays within one another are at most ``JSONSource/maximumDepth``: the caller has counted.
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  /// The value; `nil` where the text is not JSON, or has a number that no double-precision one can stand for.
  mutating func value() -> JSONValue? {
    guard let value = element() else { return nil }
    skipBlanks()
    return position == bytes.count ? value : nil
  }

  private mutating func element() -> JSONValue? {
    skipBlanks()
    guard position < bytes.count else { return nil }
    switch bytes[position] {
    case UInt8(ascii: "{"): return object()
    case UInt8(ascii: "["): return array()
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return word("true", .bool(true))
    case UInt8(ascii: "f"): return word("false", .bool(false))
    case UInt8(ascii: "n"): return word("null", .null)
    default: return number()
    }
  }

  private mutating func object() -> JSONValue? {
    var members: [String: JSONValue] = [:]
    position += 1
    while true {
      skipBlanks()
      if skip("}") { return .object(members) }
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\""), let key = string() else { return nil }
      skipBlanks()
      guard skip(":"), let value = element() else { return nil }
      // Of a key that is there twice the first counts; whoever reads a config refuses it.
      if members[key] == nil { members[key] = value }
      skipBlanks()
      if skip("}") { return .object(members) }
      guard skip(",") else { return nil }
    }
  }

  private mutating func array() -> JSONValue? {
    var elements: [JSONValue] = []
    position += 1
    while true {
      skipBlanks()
      if skip("]") { return .array(elements) }
      guard let element = element() else { return nil }
      elements.append(element)
      skipBlanks()
      if skip("]") { return .array(elements) }
      guard skip(",") else { return nil }
    }
  }

  private mutating func word(_ word: String, _ value: JSONValue) -> JSONValue? {
    guard bytes[position...].starts(with: word.utf8) else { return nil }
    position += word.utf8.count
    return value
  }

  // MARK: Numbers

  private mutating func number() -> JSONValue? {
    let start = position
    _ = skip("-")
    guard position < bytes.count else { return nil }
    let whole = position
    if !skip("0") { guard digits() else { return nil } }
    var significant = Array(bytes[whole..<position])
    var fractionDigits = 0
    if skip(".") {
      let fraction = position
      guard digits() else { return nil }
      significant += bytes[fraction..<position]
      fractionDigits = position - fraction
    }
    // One that does not fit belongs to a number that is 0 or infinite.
    var exponent: Int32? = 0
    if skip("e") || skip("E") {
      let place = position
      if !skip("+") { _ = skip("-") }
      guard digits() else { return nil }
      exponent = Int32(text(place..<position))
    }
    if let exponent {
      let integer = Self.integer(significant, Int(exponent) - fractionDigits, isNegative: whole > start)
      if let integer { return .integer(integer) }
    }
    guard let number = Double(text(start..<position)), number.isFinite else { return nil }
    // What is too small to hold is 0 as any other is, without a sign that the next reader would drop.
    return .number(number == 0 ? 0 : number)
  }

  /// The number of these decimal digits · 10^exponent, exactly; `nil` if it is not whole or does not fit 64 bits.
  private static func integer(_ digits: [UInt8], _ exponent: Int, isNegative: Bool) -> Int? {
    var exponent = exponent
    guard let first = digits.firstIndex(where: { $0 != UInt8(ascii: "0") }) else { return 0 }
    var digits = digits[first...]
    while digits.last == UInt8(ascii: "0") {
      digits.removeLast()
      exponent += 1
    }
    guard exponent >= 0, digits.count + exponent <= 19 else { return nil }
    let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: exponent)
    return Int(String(decoding: (isNegative ? [UInt8(ascii: "-")] : []) + digits + zeros, as: UTF8.self))
  }

  private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// Passes over at least one digit.
  private mutating func digits() -> Bool {
    let start = position
    while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) { position += 1 }
    return position > start
  }

  // MARK: Strings

  private mutating func string() -> String? {
    position += 1
    let start = position
    while position < bytes.count {
      switch bytes[position] {
      case UInt8(ascii: "\""):
        position += 1
        return String(validating: bytes[start..<position - 1], as: UTF8.self)
      case UInt8(ascii: "\\"): return escapedString(from: start)
      case ..<0x20: return nil
      default: position += 1
      }
    }
    return nil
  }

  /// A string in which something is escaped; what stands before `position` is not.
  private mutating func escapedString(from start: Int) -> String? {
    var units = Array(bytes[start..<position])
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: units, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let escaped = escape() else { return nil }
        units += String(escaped).utf8
      case ..<0x20: return nil
      default: units.append(byte)
      }
    }
    return nil
  }

  /// The character of an escape, behind its backslash.
  private mutating func escape() -> Unicode.Scalar? {
    guard position < bytes.count else { return nil }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return codePoint()
    default: return nil
    }
  }

  /// Four hexadecimal digits, or two times four of a pair of surrogates; one of them alone is no character.
  private mutating func codePoint() -> Unicode.Scalar? {
    guard let first = codeUnit() else { return nil }
    guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) }
    guard skip("\\"), skip("u"), let second = codeUnit(), UTF16.isTrailSurrogate(second) else { return nil }
    return Unicode.Scalar(0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
  }

  private mutating func codeUnit() -> UInt16? {
    guard position + 4 <= bytes.count else { return nil }
    var unit: UInt16 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      unit = unit << 4 | UInt16(digit)
    }
    position += 4
    return unit
  }

  // MARK: Marks

  private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

  private mutating func skipBlanks() {
    while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
  }
}
