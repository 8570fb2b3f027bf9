import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("bfloat16") struct BFloat16Tests {
    /// The nearest number whose lower 16 bits are zero, of two equally near ones the one whose last bit is.
    private func nearest(_ x: Float) -> Float {
      guard x.isFinite else { return x }
      let below = Float(bitPattern: x.bitPattern & 0xFFFF_0000)
      let above = Float(bitPattern: below.bitPattern + 0x1_0000)
      // What lies beyond the largest number counts as the next power of two, as it does in IEEE 754.
      func place(_ y: Float) -> Double { y.isFinite ? Double(y) : (y < 0 ? -0x1p128 : 0x1p128) }
      let (down, up) = (abs(Double(x) - place(below)), abs(place(above) - Double(x)))
      if down != up { return down < up ? below : above }
      return below.bitPattern & 0x1_0000 == 0 ? below : above
    }

    @Test("rounds to the nearest number, to the even one of two, and comes back exactly")
    func rounding() {
      var generator = SeededGenerator(seed: 3)
      var values = (0..<4099).map { _ in Float(bitPattern: UInt32.random(in: 0...UInt32.max, using: &generator)) }
      values = values.filter { !$0.isNaN }
      // Ties, subnormal numbers, zeros, the largest numbers, infinities.
      values += [0x3F80_8000, 0x3F81_8000, 0xBF80_8000, 0x3F80_8001, 0x3F80_7FFF, 1, 0x8000, 0x1_8000, 0, 0x8000_0000]
        .map { Float(bitPattern: $0) }
      values += [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, .infinity, -.infinity, .leastNonzeroMagnitude]
      let rounded = Buffer<UInt16>(count: values.count)
      let back = Buffer<Float>(count: values.count)
      BFloat16.round(Buffer(values).view, into: rounded.view)
      BFloat16.expand(rounded.view, into: back.view)
      expectSame(back.array(), values.map(nearest), "rounded")
      // What is rounded once is rounded for ever.
      let again = Buffer<UInt16>(count: values.count)
      BFloat16.round(back.view, into: again.view)
      #expect(again.array() == rounded.array())
    }

    @Test("keeps every NaN a NaN")
    func notANumber() {
      let patterns: [UInt32] = [0x7F80_0001, 0x7FFF_FFFF, 0xFF80_0001, 0xFFFF_FFFF, 0x7FC0_0000]
      let rounded = Buffer<UInt16>(count: patterns.count)
      let back = Buffer<Float>(count: patterns.count)
      BFloat16.round(Buffer(patterns.map { Float(bitPattern: $0) }).view, into: rounded.view)
      BFloat16.expand(rounded.view, into: back.view)
      #expect(back.array().allSatisfy { $0.isNaN })
    }
  }
}
