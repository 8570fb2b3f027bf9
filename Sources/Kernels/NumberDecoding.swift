/// How a file stores numbers.
package enum NumberEncoding: Sendable, CaseIterable {
  case uint8, uint16, uint32, uint64
  case int8, int16, int32, int64
  /// IEEE 754 binary16.
  case float16
  /// The upper half of a binary32 number.
  case bfloat16
  case float32, float64

  /// Bytes of one number.
  package var bytes: Int {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16, .float16, .bfloat16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64: 8
    }
  }
}

extension View where Element == Double {
  /// Reads numbers from the bytes of a file; integers beyond 2⁵³ are rounded, all others are exact.
  ///
  /// - Parameters:
  ///   - bytes: `encoding.bytes` for each element, the first from `offset` on.
  ///   - isBigEndian: whether the most significant byte of a number comes first.
  package func decode(_ bytes: [UInt8], from offset: Int = 0, as encoding: NumberEncoding, isBigEndian: Bool = false) {
    precondition(
      offset >= 0 && offset <= bytes.count && bytes.count - offset >= count * encoding.bytes,
      "\(count) numbers of \(encoding.bytes) bytes from byte \(offset) of \(bytes.count)")
    bytes.withUnsafeBytes { all in
      let source = UnsafeRawBufferPointer(rebasing: all[offset...])
      switch encoding {
      case .uint8: each(source, isBigEndian, UInt8.self) { Double($0) }
      case .uint16: each(source, isBigEndian, UInt16.self) { Double($0) }
      case .uint32: each(source, isBigEndian, UInt32.self) { Double($0) }
      case .uint64: each(source, isBigEndian, UInt64.self) { Double($0) }
      case .int8: each(source, isBigEndian, Int8.self) { Double($0) }
      case .int16: each(source, isBigEndian, Int16.self) { Double($0) }
      case .int32: each(source, isBigEndian, Int32.self) { Double($0) }
      case .int64: each(source, isBigEndian, Int64.self) { Double($0) }
      case .float16: each(source, isBigEndian, UInt16.self) { Double(half: $0) }
      case .bfloat16: each(source, isBigEndian, UInt16.self) { Double(Float(bitPattern: UInt32($0) << 16)) }
      case .float32: each(source, isBigEndian, UInt32.self) { Double(Float(bitPattern: $0)) }
      case .float64: each(source, isBigEndian, UInt64.self) { Double(bitPattern: $0) }
      }
    }
    keep(memory)
  }

  @inline(__always)
  private func each<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: UnsafeRawBufferPointer, _ isBigEndian: Bool, _: Bits.Type, _ number: (Bits) -> Double
  ) {
    let stride = MemoryLayout<Bits>.stride
    for index in 0..<count {
      let bits = source.loadUnaligned(fromByteOffset: index * stride, as: Bits.self)
      base[index] = number(isBigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
    }
  }
}

extension Double {
  /// The number that 16 bits stand for in IEEE 754's binary16: a sign, 5 bits of exponent, 10 of significand.
  ///
  /// Swift has `Float16`, but not on every machine.
  init(half bits: UInt16) {
    let fraction = Double(bits & 0x3FF)
    let magnitude: Double =
      switch Int(bits >> 10 & 0x1F) {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      case let exponent: Double(sign: .plus, exponent: exponent - 25, significand: 1024 + fraction)
      }
    self = bits >> 15 == 0 ? magnitude : -magnitude
  }
}
