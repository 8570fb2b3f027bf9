/// Numbers of 16 bits with the exponent of single precision and 7 bits of its fraction, for what crosses a network.
package enum BFloat16 {
  /// result ← the nearest of such numbers to `x`, of two equally near ones the even one; NaN stays NaN.
  package static func round(_ x: Floats, into result: View<UInt16>) {
    precondition(result.count == x.count, "\(x.count) elements rounded into \(result.count)")
    defer { keep(x, result) }
    let (source, target) = (x.base, result.base)
    for index in 0..<x.count {
      let bits = source[index].bitPattern
      let nearest = (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16
      // A carry out of a NaN's fraction would make it an infinity or a zero.
      let isNaN = bits & 0x7FFF_FFFF > 0x7F80_0000
      target[index] = UInt16(truncatingIfNeeded: isNaN ? bits >> 16 | 0x40 : nearest)
    }
  }

  /// result ← x, exactly.
  package static func expand(_ x: View<UInt16>, into result: Floats) {
    precondition(result.count == x.count, "\(x.count) elements expanded into \(result.count)")
    defer { keep(x, result) }
    let (source, target) = (x.base, result.base)
    for index in 0..<x.count { target[index] = Float(bitPattern: UInt32(source[index]) << 16) }
  }
}
