extension ArrayFile {
  /// Opens a NumPy file (format versions 1 to 3, C order; integers, float32 and float64 in either byte order), plain or
  /// gzip. Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
  static func npy(_ path: String, progress: @escaping (LoadingProgress) -> Void) throws(DataError) -> ArrayFile {
    let reader = try ByteReader(path: path, progress: progress)
    let preamble = try reader.read(exactly: 8, part: "the .npy header")
    guard preamble.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)), (1...3).contains(preamble[6]) else {
      throw DataError(
        file: path, found: "does not begin as a .npy file", allowed: "a .npy file of version 1, 2 or 3",
        remedy: "write the array with numpy.save (numpy.savez makes another format)")
    }
    let lengthBytes = try reader.read(exactly: preamble[6] == 1 ? 2 : 4, part: "the .npy header")
    let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
    guard length <= 1 << 20 else {
      throw DataError(
        file: path, found: "a header of \(grouped(length)) bytes", allowed: "at most 1,048,576 bytes",
        remedy: DataError.copyAgain)
    }
    let text = String(decoding: try reader.read(exactly: length, part: "the .npy header"), as: UTF8.self)
    let header = NPYHeader(text)
    guard let header else {
      throw DataError(
        file: path, found: "the header \(text.prefix(120).trimmed)",
        allowed: "a dictionary of 'descr', 'fortran_order' and 'shape'", remedy: "write the array with numpy.save")
    }
    guard !header.isFortranOrder || header.shape.count < 2 else {
      throw DataError(
        file: path, found: "an array in Fortran order", allowed: "C order (row-major)",
        remedy: "save numpy.ascontiguousarray(array)")
    }
    guard let format = header.format else {
      throw DataError(
        file: path, found: "elements of type '\(header.type)'",
        allowed: "whole numbers (u1 … i8) or real numbers (f4, f8)",
        remedy: "save array.astype('float32'), or 'int64' for labels")
    }
    return try ArrayFile(reader: reader, format: format, dimensions: header.shape)
  }
}

/// The dictionary in a .npy header, such as `{'descr': '<f4', 'fortran_order': False, 'shape': (10, 3), }`.
struct NPYHeader {
  /// The element type as NumPy writes it.
  let type: String
  let isFortranOrder: Bool
  let shape: [Int]

  /// `nil` where an entry is missing or malformed.
  init?(_ text: String) {
    guard let type = Self.value(of: "descr", in: text), type.first == "'" || type.first == "\"",
      let order = Self.value(of: "fortran_order", in: text),
      let shape = Self.value(of: "shape", in: text), shape.first == "(", let end = shape.firstIndex(of: ")"),
      order.hasPrefix("True") || order.hasPrefix("False")
    else { return nil }
    let quoted = type.dropFirst()
    guard let close = quoted.firstIndex(of: type.first!) else { return nil }
    self.type = String(quoted[..<close])
    isFortranOrder = order.hasPrefix("True")
    var dimensions: [Int] = []
    for part in shape[..<end].dropFirst().split(separator: ",") where !part.trimmed.isEmpty {
      guard let dimension = Int(part.trimmed) else { return nil }
      dimensions.append(dimension)
    }
    self.shape = dimensions
  }

  /// The format of the element type, if it is one that is read: `<f8`, `|u1`, `>i4` and so on.
  var format: ElementFormat? {
    guard type.utf8.count == 3, let order = type.first, "<>|=".contains(order), let bytes = Int(type.suffix(1)) else {
      return nil
    }
    switch (type.dropFirst().first, bytes) {
    case ("u", 1), ("u", 2), ("u", 4), ("u", 8):
      return ElementFormat(kind: .unsigned, bytes: bytes, isBigEndian: order == ">")
    case ("i", 1), ("i", 2), ("i", 4), ("i", 8):
      return ElementFormat(kind: .signed, bytes: bytes, isBigEndian: order == ">")
    case ("b", 1): return ElementFormat(kind: .unsigned, bytes: 1, isBigEndian: false)
    case ("f", 4), ("f", 8): return ElementFormat(kind: .real, bytes: bytes, isBigEndian: order == ">")
    default: return nil
    }
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
