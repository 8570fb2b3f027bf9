/// How a binary file stores one number.
struct ElementFormat: Equatable {
  enum Kind { case unsigned, signed, real }
  /// What the bits mean.
  let kind: Kind
  /// 1, 2, 4 or 8.
  let bytes: Int
  /// Whether the most significant byte comes first.
  let isBigEndian: Bool

  /// One byte, 0…255: kept as it is.
  var isByte: Bool { kind == .unsigned && bytes == 1 }

  /// The bits of the number that starts at `offset`.
  @inline(__always)
  private func bits(_ chunk: [UInt8], _ offset: Int) -> UInt64 {
    var bits: UInt64 = 0
    for index in 0..<bytes {
      let byte = chunk[offset + (isBigEndian ? index : bytes - 1 - index)]
      bits = bits << 8 | UInt64(byte)
    }
    return bits
  }

  /// The number at `offset`; integers beyond 2⁵³ are rounded.
  @inline(__always)
  func real(_ chunk: [UInt8], at offset: Int) -> Double {
    switch (kind, bytes) {
    case (.real, 4): Double(Float(bitPattern: UInt32(bits(chunk, offset))))
    case (.real, _): Double(bitPattern: bits(chunk, offset))
    case (.unsigned, _): Double(bits(chunk, offset))
    case (.signed, _): Double(signed(bits(chunk, offset)))
    }
  }

  /// The whole number at `offset`, clamped to Int's range. The format is an integer's.
  @inline(__always)
  func integer(_ chunk: [UInt8], at offset: Int) -> Int {
    precondition(kind != .real, "integers from a file of real numbers")
    let bits = bits(chunk, offset)
    return kind == .signed ? signed(bits) : Int(clamping: bits)
  }

  private func signed(_ bits: UInt64) -> Int {
    let unused = 64 - 8 * bytes
    return Int(truncatingIfNeeded: Int64(bitPattern: bits << unused) >> unused)
  }
}
