import CKernelDigests
import Foundation
import Kernels
import TestSupport
import Testing

/// The paths whose bits are those of portable arithmetic.
private let portablePaths = KernelPath.supported.filter(\.hasPortableArithmetic)

extension KernelsTests {
  @Suite("Portable arithmetic") struct PortableArithmeticTests {
    // Where this fails, bits have changed: scripts/portable.sh --write has the new ones, and
    // Arithmetic.portableVersion rises with them.
    @Test("every kernel writes the bits of its version, on every path that fuses", arguments: portablePaths)
    func digests(path: KernelPath) throws {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("CKernelDigests/expected.txt")
      let expected = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
      let found = Self.digests(path)
      #expect(found.count == expected.count && !found.isEmpty)
      for (line, other) in zip(found, expected) { #expect(line == other) }
    }

    private static func digests(_ path: KernelPath) -> [String] {
      let most = Int(kernel_digests_most)
      return withUnsafeTemporaryAllocation(of: KernelDigest.self, capacity: most) { digests in
        guard let base = digests.baseAddress else { return [] }
        return (0..<kernel_digests(path.rawValue, base)).map { index in
          let name = String(cString: digests[index].name), value = String(digests[index].value, radix: 16)
          return name.padding(toLength: 35, withPad: " ", startingAt: 0)
            + String(repeating: "0", count: 16 - value.count) + value
        }
      }
    }

    /// Step by step: w ← w − rate · g is a single multiply-add, for any numbers.
    @Test("a multiply-add is rounded once, with hardware for it and without", arguments: portablePaths)
    func roundsOnce(path: KernelPath) {
      var generator = SeededGenerator(seed: 7)
      func number(_ exponents: ClosedRange<Int>, zeros: Int = 0) -> Float {
        let word = generator.next() as UInt64
        let significand = UInt32(truncatingIfNeeded: word) & 0x7F_FFFF & ~((1 << UInt32(zeros)) - 1)
        let exponent = exponents.lowerBound + Int(word >> 40) % exponents.count
        return Float(sign: word >> 63 == 1 ? .minus : .plus, exponent: exponent, significand: 1)
          * (1 + Float(significand) * 0x1p-23)
      }
      for round in 0..<400 {
        // Products of few digits meet sums half way between two numbers; others vanish beside them, or nearly cancel.
        let rate = number(-3...3, zeros: round % 2 == 0 ? 11 : 0)
        let gradient = (0..<67).map { _ in number(-4...4, zeros: round % 4 < 2 ? 11 : 0) }
        let weights = gradient.map { g in
          switch round % 4 {
          case 0: number(-30...30, zeros: 12)
          case 1: (rate * g) * (1 + number(-30 ... -20))
          case 2: number(-60...60)
          default: number(-149 ... -100)
          }
        }
        let scale: Float = round % 4 == 3 ? 0x1p-120 : 1
        let small = gradient.map { $0 * scale }
        let expected = zip(weights, small).map { $0.addingProduct(-rate, $1) }
        let result = Memory.floats(weights)
        KernelPath.withForced(path) {
          UpdateRule.sgd(
            weights: result, gradient: Memory.floats(small), momentumBuffer: nil, rate: rate, momentum: 0,
            weightDecay: 0, nesterov: false)
        }
        expectSame(result.array(), expected, "round \(round)")
        #expect(Memory.releaseAndCheck())
      }
    }

    @Test("a convolution is one of Isotherm's own, the same for every path and pass")
    func choices() {
      let shapes = [
        (1, 64, 256, 14), (3, 16, 16, 32), (3, 3, 64, 32), (5, 1, 6, 28), (7, 3, 64, 112), (1, 2048, 512, 7),
        (3, 256, 256, 6), (3, 512, 256, 4),
      ]
      var byOpenBLAS = 0
      var byPath = 0
      for (kernel, inputs, outputs, side) in shapes {
        for (stride, pass) in [1, 2].flatMap({ stride in ConvolutionPass.allCases.map { (stride, $0) } }) {
          let shape = ConvolutionShape(
            batch: 8, height: side, width: side, inputChannels: inputs, outputChannels: outputs, kernel: kernel,
            stride: stride, padding: kernel / 2)
          let choices = KernelPath.allCases.map {
            ConvolutionCost.choice(pass, of: shape, path: $0, arithmetic: .portable)
          }
          #expect(Set(choices).count == 1 && choices[0].packed != nil, "\(shape), \(pass): \(choices)")
          let blas = BLASBuild(configuration: "", coreName: "SkylakeX")
          if ConvolutionCost.choice(pass, of: shape, path: .avx512, blas: blas) == .gemm { byOpenBLAS += 1 }
          let cheapest = [KernelPath.avx2, .avx512].map { path in
            ConvolutionAlgorithm.allCases.filter { $0.packed != nil }.min { one, other in
              ConvolutionCost.operations(pass, of: shape, by: one, path: path) ?? .infinity
                < ConvolutionCost.operations(pass, of: shape, by: other, path: path) ?? .infinity
            }
          }
          if cheapest[0] != cheapest[1] { byPath += 1 }
        }
      }
      #expect(byOpenBLAS > 0 && byPath > 0, "no shape of this test asks for OpenBLAS, or two paths for the same")
    }

    @Test("what rounds otherwise is named, with what to do; portable arithmetic is the same wherever it is computed")
    func differences() {
      let here = Rounding.here(.portable)
      #expect(here.differences(fromKernels: here.kernels, blas: here.blas) == [])
      #expect(here.differences(fromKernels: nil, blas: nil) == [])
      #expect(Rounding.isPortable(kernels: here.kernels) && !Rounding.isPortable(kernels: "portable"))
      let other = Rounding(kernels: "avx2", blas: "Zen").differences(fromKernels: "avx512", blas: "SkylakeX")
      #expect(other.count == 2 && other[0].contains("ISOTHERM_KERNELS=avx512") && other[1].contains("SkylakeX"))
      let earlier = here.differences(fromKernels: "portable arithmetic 0", blas: "none")
      #expect(earlier.count == 1 && !earlier[0].contains("ISOTHERM_KERNELS"))
    }
  }

  @Suite("Elementary functions") struct ElementaryTests {
    private static func units(_ found: Double, _ exact: Double) -> Double {
      found == exact ? 0 : abs(found - exact) / exact.ulp
    }

    @Test("logarithm and exponential are the system's but for the last digit")
    func logarithmAndExponential() {
      var generator = SeededGenerator(seed: 3)
      for _ in 0..<20_000 {
        let x = Double.random(in: -700...700, using: &generator), y = Double.random(in: 0.5...2, using: &generator)
        #expect(Self.units(Elementary.exp(x), exp(x)) <= 2)
        #expect(Self.units(Elementary.log(exp(x)), log(exp(x))) <= 2 && Self.units(Elementary.log(y), log(y)) <= 2)
      }
      #expect(Elementary.log(1) == 0 && Elementary.log(0) == -.infinity && Elementary.log(-1).isNaN)
      #expect(Elementary.log(.infinity) == .infinity && Elementary.log(.nan).isNaN)
      #expect(Self.units(Elementary.log(.leastNonzeroMagnitude), log(.leastNonzeroMagnitude)) <= 1)
      #expect(Elementary.exp(0) == 1 && Elementary.exp(-1000) == 0 && Elementary.exp(1000) == .infinity)
      #expect(Elementary.exp(-745.1) == exp(-745.1) && Elementary.exp(709.78).isFinite && Elementary.exp(.nan).isNaN)
    }

    @Test("cosine and sine of turns are exact at quarters, and else the system's but for the last digits")
    func cosineAndSine() {
      let quarters: [(turns: Double, cosine: Double, sine: Double)] = [
        (0, 1, 0), (0.25, 0, 1), (0.5, -1, 0), (0.75, 0, -1), (1, 1, 0), (-0.25, 0, -1),
      ]
      for (turns, cosine, sine) in quarters {
        let found = Elementary.cosineAndSine(turns: turns)
        #expect(found.cosine == cosine && found.sine == sine, "\(turns) turns")
      }
      var generator = SeededGenerator(seed: 4)
      for _ in 0..<20_000 {
        let turns = Double.random(in: 0..<1, using: &generator), found = Elementary.cosineAndSine(turns: turns)
        let (cosine, sine) = (cos(2 * .pi * turns), sin(2 * .pi * turns))
        // The system's own argument is rounded.
        #expect(abs(found.cosine - cosine) < 1e-15 && abs(found.sine - sine) < 1e-15)
      }
    }

    @Test("powers are products for whole exponents, roots for a half, and else near the system's")
    func powers() {
      #expect(Elementary.power(3, 4) == 81 && Elementary.power(2, -3) == 0.125 && Elementary.power(0, 0) == 1)
      #expect(Elementary.power(0.1, 1) == 0.1 && Elementary.power(2, 0.5) == 2.0.squareRoot())
      #expect(Elementary.power(0, 0.9) == 0 && Elementary.power(1, 0.9) == 1)
      var generator = SeededGenerator(seed: 5)
      for _ in 0..<5000 {
        let x = Double.random(in: 0.001...1, using: &generator), y = Double.random(in: 0.1...5, using: &generator)
        #expect(abs(Elementary.power(x, y) / pow(x, y) - 1) < 1e-14)
      }
    }
  }
}
