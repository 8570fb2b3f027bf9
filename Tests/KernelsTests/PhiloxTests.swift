import Kernels
import Testing

extension KernelsTests {
  @Suite("Philox") struct PhiloxTests {
    @Test("the ten rounds give the known answers of Random123")
    func knownAnswers() {
      #expect(
        Philox.rounds(SIMD4(repeating: 0), key: SIMD2(repeating: 0))
          == SIMD4(0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8))
      #expect(
        Philox.rounds(SIMD4(repeating: .max), key: SIMD2(repeating: .max))
          == SIMD4(0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD))
      #expect(
        Philox.rounds(
          SIMD4(0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344), key: SIMD2(0xA409_3822, 0x299F_31D0))
          == SIMD4(0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1))
    }

    @Test("seeds, purposes and counter words each change the numbers")
    func keys() {
      let words = Philox(seed: 7, purpose: .order).block(1, 2, 3, 4)
      #expect(Philox(seed: 7, purpose: .order).block(1, 2, 3, 4) == words)
      #expect(Philox(seed: 8, purpose: .order).block(1, 2, 3, 4) != words)
      #expect(Philox(seed: 7 + 1 << 32, purpose: .order).block(1, 2, 3, 4) != words)
      for purpose in Philox.Purpose.allCases where purpose != .order {
        #expect(Philox(seed: 7, purpose: purpose).block(1, 2, 3, 4) != words)
      }
      let generator = Philox(seed: 7, purpose: .order)
      #expect(generator.block(0, 2, 3, 4) != words && generator.block(1, 2, 3, 0) != words)
    }

    @Test("uniform numbers keep their bounds")
    func uniform() {
      #expect(Philox.uniform(0) == 0 && Philox.uniform(.max) < 1)
      #expect(Philox.positiveUniform(0) > 0 && Philox.positiveUniform(.max) == 1)
      #expect(Philox.bounded(.max, .max, below: 10) == 9 && Philox.bounded(0, 0, below: 10) == 0)
      #expect(Philox.bounded(1 << 31, 0, below: 10) == 5)
    }

    @Test("bounded numbers hit every value about equally often")
    func bounded() {
      let generator = Philox(seed: 1, purpose: .sampling)
      var counts = [Int](repeating: 0, count: 7)
      for index in 0..<UInt32(70_000) {
        let words = generator.block(index, 0, 0)
        counts[Philox.bounded(words[0], words[1], below: 7)] += 1
      }
      // χ² with 6 degrees of freedom is above 22.5 once in a thousand.
      let square = counts.map { ($0 - 10_000) * ($0 - 10_000) }.reduce(0, +)
      #expect(Double(square) / 10_000 < 22.5)
    }

    @Test("normal numbers have mean 0, variance 1 and kurtosis 3, and no value is infinite")
    func normal() {
      let generator = Philox(seed: 2, purpose: .initialization)
      var (sum, squares, fourths) = (0.0, 0.0, 0.0)
      let count = 100_000
      for index in 0..<UInt32(count / 2) {
        let words = generator.block(index, 0, 0)
        let pair = Philox.normalPair(words[0], words[1])
        for x in [Double(pair.0), Double(pair.1)] {
          sum += x
          squares += x * x
          fourths += x * x * x * x
        }
      }
      let n = Double(count)
      #expect(abs(sum / n) < 4 / n.squareRoot())
      #expect(abs(squares / n - 1) < 4 * (2 / n).squareRoot())
      #expect(abs(fourths / n - 3) < 4 * (96 / n).squareRoot())
      let extreme = Philox.normalPair(0, 0)
      #expect(extreme.0.isFinite && extreme.0 > 6.6 && extreme.0 < 6.7)
      #expect(Philox.normalPair(.max, 0).0 == 0)
    }
  }
}
