/// The dictionary in a .npy header, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (10, 3), }`.
struct NPYHeader {
  /// The element type as NumPy writes it; for a structured one, the list of its fields.
  let type: String
  let isFortranOrder: Bool
  let shape: [Int]

  /// `nil` where an entry is missing or malformed.
  init?(_ text: String) {
    guard let type = Self.value(of: "descr", in: text), let first = type.first,
      let order = Self.value(of: "fortran_order", in: text),
      let shape = Self.value(of: "shape", in: text), shape.first == "(", let end = shape.firstIndex(of: ")"),
      order.hasPrefix("True") || order.hasPrefix("False")
    else { return nil }
    switch first {
    case "'", "\"":
      let quoted = type.dropFirst()
      guard let close = quoted.firstIndex(of: first) else { return nil }
      self.type = String(quoted[..<close])
    case "[":
      guard let close = Self.closingBracket(of: type) else { return nil }
      self.type = String(type[...close])
    default: return nil
    }
    isFortranOrder = order.hasPrefix("True")
    var dimensions: [Int] = []
    for part in shape[..<end].dropFirst().split(separator: ",") where !part.trimmed.isEmpty {
      // Python 2 wrote 10L.
      guard let dimension = Int(part.trimmed.hasSuffix("L") ? String(part.trimmed.dropLast()) : part.trimmed) else {
        return nil
      }
      dimensions.append(dimension)
    }
    self.shape = dimensions
  }

  /// The format of the element type, if it is one that is read: `<f8`, `|u1`, `>i4`, `<U12` and so on.
  var format: ElementFormat? {
    if type == "bfloat16" { return ElementFormat(kind: .brain, bytes: 2, isBigEndian: false) }
    guard let order = type.first, "<>|=".contains(order), let bytes = Int(type.dropFirst(2)), bytes > 0 else {
      return nil
    }
    let isBigEndian = order == ">"
    switch (type.dropFirst().first, bytes) {
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
      return ElementFormat(kind: .unsigned, bytes: bytes, isBigEndian: isBigEndian)
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
      return ElementFormat(kind: .signed, bytes: bytes, isBigEndian: isBigEndian)
    case ("b", 1): return ElementFormat(kind: .unsigned, bytes: 1, isBigEndian: false)
    case ("f", 2), ("f", 4), ("f", 8): return ElementFormat(kind: .real, bytes: bytes, isBigEndian: isBigEndian)
    case ("U", 1...1 << 16): return ElementFormat(kind: .text, bytes: 4 * bytes, isBigEndian: isBigEndian)
    case ("S", 1...1 << 16): return ElementFormat(kind: .bytes, bytes: bytes, isBigEndian: false)
    default: return nil
    }
  }

  /// What the element type is in words, and what to save in its place, for one that is not read.
  var refusal: (found: String, remedy: String) {
    let numbers = "save array.astype('float32'), or 'int64' for labels"
    let kind = type.drop { "<>|=".contains($0) }
    let found = "elements of type '\(type)'"
    switch kind.first {
    case _ where type.hasPrefix("["):
      return (
        "a structured array, whose elements are records: \(type.prefix(100))",
        "save each field as an array of its own, or numpy.lib.recfunctions.structured_to_unstructured(array)"
      )
    case "O":
      return (
        "\(found): Python objects, which numpy.save pickles (to unpickle would be to run code of the file)",
        "save an array of numbers: numpy.stack(array), or \(numbers.dropFirst(5))"
      )
    case "V" where kind == "V2": return ("\(found): 2 opaque bytes, as which bfloat16 is saved", numbers)
    case "V": return ("\(found): opaque bytes", numbers)
    case "c":
      return (
        "\(found): complex numbers", "save real and imaginary parts: numpy.stack([array.real, array.imag], axis=-1)"
      )
    case "M", "m": return ("\(found): dates or times", "save array.astype('int64').astype('float64')")
    case "f" where (Int(kind.dropFirst()) ?? 0) > 8:
      return ("\(found): long double, which differs from machine to machine", "save array.astype('float64')")
    default: return (found, numbers)
    }
  }

  /// Where the bracket that opens the text is closed.
  private static func closingBracket(of text: Substring) -> Substring.Index? {
    var depth = 0
    for index in text.indices {
      if text[index] == "[" { depth += 1 }
      if text[index] == "]" { depth -= 1 }
      if depth == 0 { return index }
    }
    return nil
  }

  /// The text behind `'key':`.
  private static func value(of key: String, in text: String) -> Substring? {
    for quote in ["'", "\""] {
      let name = quote + key + quote
      var rest = text[...]
      while let start = rest.firstIndex(of: quote.first!) {
        rest = rest[start...]
        if rest.hasPrefix(name) {
          let behind = rest.dropFirst(name.count).drop { $0 == " " }
          return behind.first == ":" ? behind.dropFirst().drop { $0 == " " } : nil
        }
        rest = rest.dropFirst()
      }
    }
    return nil
  }
}

extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    var part = self[startIndex..<endIndex]
    while part.first?.isWhitespace == true { part = part.dropFirst() }
    while part.last?.isWhitespace == true { part = part.dropLast() }
    return String(part)
  }
}
