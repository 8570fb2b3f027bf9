/// What is wrong with a header, as a phrase.
struct HeaderFlaw: Error {
  let found: String
  init(_ found: String) { self.found = found }
}

extension SafetensorsHeader {
  /// The header in `text`, which may end in spaces.
  ///
  /// Strict: it refuses doubled names, unknown keys, shapes that do not match their bytes, and gaps or
  /// overlaps between tensors.
  init(parsing text: [UInt8]) throws(HeaderFlaw) {
    metadata = [:]
    entries = []
    var parser = HeaderParser(text)
    var names: Set<String> = []
    try parser.object { parser, name throws(HeaderFlaw) in
      guard names.insert(name).inserted else { throw HeaderFlaw("its header names '\(name)' twice") }
      if name == Self.metadataKey {
        metadata = try parser.stringsByName()
      } else {
        entries.append(try parser.entry(name: name))
      }
    }
    try parser.requireEnd()

    entries.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    var end = 0
    for entry in entries {
      guard entry.bytes.lowerBound == end else {
        throw HeaderFlaw(
          "tensor '\(entry.name)' begins at byte \(entry.bytes.lowerBound) of the data, the one before ends at \(end)")
      }
      end = entry.bytes.upperBound
    }
  }
}

/// A reader of the small part of JSON that a header may hold: objects, strings, and lists of whole numbers.
struct HeaderParser {
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  /// `{"name": …, …}`; `member` reads each value.
  mutating func object(
    _ member: (inout HeaderParser, String) throws(HeaderFlaw) -> Void
  ) throws(HeaderFlaw) {
    try require("{")
    if skip("}") { return }
    repeat {
      let name = try string()
      try require(":")
      try member(&self, name)
    } while skip(",")
    try require("}")
  }

  /// `{"name": "value", …}`.
  mutating func stringsByName() throws(HeaderFlaw) -> [String: String] {
    var result: [String: String] = [:]
    try object { parser, name throws(HeaderFlaw) in
      let value = try parser.string()
      guard result.updateValue(value, forKey: name) == nil else {
        throw HeaderFlaw("its metadata names '\(name)' twice")
      }
    }
    return result
  }

  /// `{"dtype": "F32", "shape": […], "data_offsets": [begin, end]}`.
  mutating func entry(name: String) throws(HeaderFlaw) -> SafetensorsEntry {
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
    try object { parser, key throws(HeaderFlaw) in
      switch key {
      case "dtype" where typeName == nil: typeName = try parser.string()
      case "shape" where shape == nil: shape = try parser.wholeNumbers()
      case "data_offsets" where offsets == nil: offsets = try parser.wholeNumbers()
      default: throw HeaderFlaw("tensor '\(name)' has an unexpected key '\(key)' in the header")
      }
    }
    guard let typeName, let shape, let offsets, offsets.count == 2, offsets[0] <= offsets[1] else {
      throw HeaderFlaw("tensor '\(name)' lacks a dtype, a shape or two ascending data_offsets")
    }
    let type = TensorType(typeName)
    var count = 1
    for dimension in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw HeaderFlaw("tensor '\(name)' has the impossible shape \(shape)") }
      count = product
    }
    // Of a type that is not known nobody knows how many bytes it takes; it is not read either.
    if let bits = type.bits {
      let (bitCount, overflow) = count.multipliedReportingOverflow(by: bits)
      guard !overflow else { throw HeaderFlaw("tensor '\(name)' has the impossible shape \(shape)") }
      let byteCount = bitCount / 8 + (bitCount % 8 > 0 ? 1 : 0)
      guard byteCount == offsets[1] - offsets[0] else {
        throw HeaderFlaw(
          "tensor '\(name)' has shape \(shape) of \(typeName), which takes \(byteCount) bytes, but "
            + "\(offsets[1] - offsets[0]) bytes")
      }
    }
    return SafetensorsEntry(name: name, type: type, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  /// Nothing but spaces may follow.
  mutating func requireEnd() throws(HeaderFlaw) {
    while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
    guard position == text.count else { throw syntaxFlaw("the end") }
  }

  private mutating func wholeNumbers() throws(HeaderFlaw) -> [Int] {
    var numbers: [Int] = []
    try require("[")
    if skip("]") { return [] }
    repeat { numbers.append(try wholeNumber()) } while skip(",")
    try require("]")
    return numbers
  }

  private mutating func wholeNumber() throws(HeaderFlaw) -> Int {
    skipWhitespace()
    let start = position
    while position < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[position]) { position += 1 }
    guard let number = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
      throw syntaxFlaw("a whole number")
    }
    return number
  }

  private mutating func string() throws(HeaderFlaw) -> String {
    try require("\"")
    var units: [UInt8] = []
    while position < text.count {
      let byte = text[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let result = String(validating: units, as: UTF8.self) else { throw syntaxFlaw("UTF-8") }
        return result
      case UInt8(ascii: "\\"): units += try escaped()
      case ..<0x20: throw syntaxFlaw("a printable character")
      default: units.append(byte)
      }
    }
    throw syntaxFlaw("the end of a string")
  }

  private mutating func escaped() throws(HeaderFlaw) -> [UInt8] {
    guard position < text.count else { throw syntaxFlaw("an escape") }
    let byte = text[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [0x08]
    case UInt8(ascii: "f"): return [0x0C]
    case UInt8(ascii: "n"): return [0x0A]
    case UInt8(ascii: "r"): return [0x0D]
    case UInt8(ascii: "t"): return [0x09]
    case UInt8(ascii: "u"):
      let first = try codeUnit()
      var units = [first]
      if UTF16.isLeadSurrogate(first), position + 1 < text.count, text[position] == UInt8(ascii: "\\"),
        text[position + 1] == UInt8(ascii: "u")
      {
        position += 2
        units.append(try codeUnit())
      }
      guard let character = String(validating: units, as: UTF16.self) else { throw syntaxFlaw("a Unicode character") }
      return Array(character.utf8)
    default: throw syntaxFlaw("an escape")
    }
  }

  private mutating func codeUnit() throws(HeaderFlaw) -> UInt16 {
    let end = position + 4
    guard end <= text.count,
      let unit = UInt16(String(decoding: text[position..<end], as: UTF8.self), radix: 16)
    else { throw syntaxFlaw("four hexadecimal digits") }
    position = end
    return unit
  }

  private mutating func require(_ mark: Unicode.Scalar) throws(HeaderFlaw) {
    guard skip(mark) else { throw syntaxFlaw("'\(mark)'") }
  }

  private mutating func skip(_ mark: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard position < text.count, text[position] == UInt8(ascii: mark) else { return false }
    position += 1
    return true
  }

  private mutating func skipWhitespace() {
    while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
  }

  private func syntaxFlaw(_ expected: String) -> HeaderFlaw {
    HeaderFlaw("its header is not JSON: expected \(expected) at byte \(position)")
  }
}
