import Kernels

/// How a binary file stores one element of an array.
struct ElementFormat: Equatable {
  enum Kind {
    case unsigned, signed, real
    /// bfloat16.
    case brain
    /// Characters of four bytes each (UCS-4), padded with zeros.
    case text
    /// Characters of one byte each, padded with zeros.
    case bytes
  }
  /// What the bits mean.
  let kind: Kind
  /// 1, 2, 4 or 8 for numbers.
  let bytes: Int
  /// Whether the most significant byte comes first.
  let isBigEndian: Bool

  /// One byte, 0…255: kept as it is.
  var isByte: Bool { kind == .unsigned && bytes == 1 }
  /// A single-precision number as this machine has it in memory.
  var isFloat: Bool { kind == .real && bytes == 4 && !isBigEndian }
  /// Whether it is a whole number.
  var isInteger: Bool { kind == .unsigned || kind == .signed }
  /// Whether it is text, which can only be a class's name.
  var isText: Bool { kind == .text || kind == .bytes }

  /// How the numbers are decoded; `nil` for text.
  var encoding: NumberEncoding? {
    switch (kind, bytes) {
    case (.unsigned, 1): .uint8
    case (.unsigned, 2): .uint16
    case (.unsigned, 4): .uint32
    case (.unsigned, 8): .uint64
    case (.signed, 1): .int8
    case (.signed, 2): .int16
    case (.signed, 4): .int32
    case (.signed, 8): .int64
    case (.real, 2): .float16
    case (.real, 4): .float32
    case (.real, 8): .float64
    case (.brain, 2): .bfloat16
    default: nil
    }
  }

  /// The whole number at `offset`, clamped to Int's range. The format is an integer's.
  @inline(__always)
  func integer(_ chunk: [UInt8], at offset: Int) -> Int {
    precondition(isInteger, "integers from a file of \(kind)")
    var bits: UInt64 = 0
    for index in 0..<bytes {
      bits = bits << 8 | UInt64(chunk[offset + (isBigEndian ? index : bytes - 1 - index)])
    }
    guard kind == .signed else { return Int(clamping: bits) }
    let unused = 64 - 8 * bytes
    return Int(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)
  }

  /// The text at `offset`, without the zeros that pad it. The format is a text's.
  func text(_ chunk: [UInt8], at offset: Int) -> String {
    var scalars = String.UnicodeScalarView()
    let width = kind == .text ? 4 : 1
    for start in stride(from: offset, to: offset + bytes, by: width) {
      var code: UInt32 = 0
      for index in 0..<width {
        code = code << 8 | UInt32(chunk[start + (isBigEndian ? index : width - 1 - index)])
      }
      scalars.append(Unicode.Scalar(code) ?? "\u{FFFD}")
    }
    while scalars.last?.value == 0 { scalars.removeLast() }
    if kind == .bytes { return String(decoding: scalars.map { UInt8($0.value) }, as: UTF8.self) }
    return String(scalars)
  }
}
