/// Makes single-precision numbers of a tensor's bytes, little-endian.
///
/// F16 and BF16 are widened, which loses nothing; F64 is rounded to the nearest.
struct FloatDecoder {
  let type: TensorType
  /// Numbers that were finite and are not in single precision.
  private(set) var overflows = 0

  init(_ type: TensorType) {
    precondition(type.isWeight, "weights of type \(type.name)")
    self.type = type
  }

  /// Hands out the numbers of a whole number of elements.
  mutating func decode(_ bytes: [UInt8], _ body: (Float) -> Void) {
    switch type {
    case .float32:
      for offset in stride(from: 0, to: bytes.count, by: 4) {
        body(Float(bitPattern: Self.pattern(bytes, offset) | Self.pattern(bytes, offset + 2) << 16))
      }
    case .bfloat16:
      for offset in stride(from: 0, to: bytes.count, by: 2) {
        body(Float(bitPattern: Self.pattern(bytes, offset) << 16))
      }
    case .float16:
      for offset in stride(from: 0, to: bytes.count, by: 2) { body(Self.widened(Self.pattern(bytes, offset))) }
    default:
      for offset in stride(from: 0, to: bytes.count, by: 8) {
        let parts = (0..<4).map { UInt64(Self.pattern(bytes, offset + 2 * $0)) << (16 * $0) }
        let number = Double(bitPattern: parts[0] | parts[1] | parts[2] | parts[3])
        let rounded = Float(number)
        if number.isFinite && !rounded.isFinite { overflows += 1 }
        body(rounded)
      }
    }
  }

  private static func pattern(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
    UInt32(bytes[offset]) | UInt32(bytes[offset + 1]) << 8
  }

  /// Half precision: a sign, 5 bits of exponent with bias 15, 10 of fraction. `Float16` is not on every platform.
  static func widened(_ half: UInt32) -> Float {
    let sign = (half & 0x8000) << 16
    let exponent = half >> 10 & 0x1F
    let fraction = half & 0x3FF
    switch exponent {
    case 0:
      // Subnormal: fraction · 2⁻²⁴, exact in single precision.
      let magnitude = Float(fraction) * 0x1p-24
      return Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}
