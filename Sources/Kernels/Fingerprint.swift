/// A number of 64 bits made of many: two sequences that differ in one place never have the same one, and two that differ
/// in several places hardly ever. It is quick, not secret: against accidents, not against somebody who wants to deceive.
///
/// Four lanes take words of 64 bits in turn: h ← (h ⊕ word) · m, h ← h ⊕ h ÷ 2³². Every step is one-to-one in the word and
/// in h, so that a single changed word changes its lane for good.
package struct Fingerprint: Sendable, Equatable {
  private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
  private var lanes = SIMD4<UInt64>(1, 2, 3, 4)

  /// That of nothing.
  package init() {}

  /// Takes the bits of some numbers.
  package mutating func add(_ values: Floats) {
    add(UnsafeRawBufferPointer(start: values.base, count: values.count * MemoryLayout<Float>.stride))
    keep(values)
  }

  /// Takes a number.
  package mutating func add(_ value: UInt64) { lanes[0] = Self.step(lanes[0], value) }

  /// All that was taken, as one number.
  package var value: UInt64 {
    // One after the other: the lanes are alike, so two of them must not meet in one ⊕.
    var result = Self.step(Self.multiplier, lanes[0])
    for lane in 1..<4 { result = Self.step(result, lanes[lane]) }
    return result
  }

  private mutating func add(_ bytes: UnsafeRawBufferPointer) {
    // Four variables rather than a vector: a multiplication of 64 bits has no vector instruction before AVX-512.
    var (a, b, c, d) = (lanes[0], lanes[1], lanes[2], lanes[3])
    let blocks = bytes.count / 32
    for block in 0..<blocks {
      let at = block * 32
      a = Self.step(a, bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self))
      b = Self.step(b, bytes.loadUnaligned(fromByteOffset: at + 8, as: UInt64.self))
      c = Self.step(c, bytes.loadUnaligned(fromByteOffset: at + 16, as: UInt64.self))
      d = Self.step(d, bytes.loadUnaligned(fromByteOffset: at + 24, as: UInt64.self))
    }
    for at in stride(from: blocks * 32, to: bytes.count, by: 4) {
      a = Self.step(a, UInt64(bytes.loadUnaligned(fromByteOffset: at, as: UInt32.self)))
    }
    lanes = SIMD4(a, b, c, d)
  }

  @inline(__always)
  private static func step(_ hash: UInt64, _ word: UInt64) -> UInt64 {
    let product = (hash ^ word) &* multiplier
    return product ^ product >> 32
  }
}
