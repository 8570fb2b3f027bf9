import Foundation
import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("GELU") struct GELUTests {
    /// Φ and its derivative in double precision.
    private func distribution(_ x: Double, _ form: Elementwise.GELUForm) -> (value: Double, density: Double) {
      switch form {
      case .exact:
        return (0.5 * erfc(-x / 2.squareRoot()), exp(-x * x / 2) / (2 * Double.pi).squareRoot())
      case .tanh:
        let root = (2 / Double.pi).squareRoot()
        let t = tanh(root * (x + 0.044715 * x * x * x))
        return (0.5 * (1 + t), 0.5 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x))
      }
    }

    /// From far below to far above where the function bends, and both zeros.
    private var inputs: [Float] {
      (-1500...1500).map { Float($0) / 97 } + [0, -0.0, 1e-30, -1e-30, 30, -30, 1e10, -1e10, 3e38, -3e38]
    }

    @Test(
      "values and slopes are those of double precision, to 2e-7 of |x| + 1", arguments: Elementwise.GELUForm.allCases)
    func accuracy(form: Elementwise.GELUForm) {
      let x = inputs
      forEachPath { path in
        let (y, dx) = (Memory.output(x.count), Memory.output(x.count))
        Elementwise.gelu(Memory.floats(x), form: form, into: y)
        Elementwise.geluBackward(
          input: Memory.floats(x), outputGradient: Memory.floats([Float](repeating: 2, count: x.count)), form: form,
          into: dx)
        for index in x.indices {
          let input = Double(x[index])
          let (value, density) = distribution(input, form)
          let bound = 2e-7 * max(1, abs(input))
          #expect(abs(Double(y[index]) - input * value) <= bound, "\(path) \(x[index])")
          let slope = value + (density == 0 ? 0 : input * density)
          #expect(abs(Double(dx[index]) / 2 - slope) <= 4e-7, "\(path) \(x[index])")
        }
      }
    }

    @Test("the slope is that of finite differences", arguments: Elementwise.GELUForm.allCases)
    func differences(form: Elementwise.GELUForm) {
      let x = stride(from: -4.0, through: 4, by: 0.37).map { Float($0) }
      let dx = Memory.floats([Float](repeating: 1, count: x.count))
      Elementwise.geluBackward(input: Memory.floats(x), outputGradient: dx, form: form, into: dx)
      let expected = finiteDifferences(at: x.map { Double($0) }) {
        $0.reduce(0) { $0 + $1 * distribution($1, form).value }
      }
      expectClose(dx.array(), expected, relative: 1e-6)
      #expect(Memory.releaseAndCheck())
    }

    @Test("an element's bits do not depend on where it lies or how the array is cut; in place they are the same")
    func cuts() {
      let x = inputs
      forEachPath { path in
        for form in Elementwise.GELUForm.allCases {
          let (whole, slopes) = (Memory.output(x.count), Memory.output(x.count))
          Elementwise.gelu(Memory.floats(x), form: form, into: whole)
          Elementwise.geluBackward(input: Memory.floats(x), outputGradient: Memory.floats(x), form: form, into: slopes)
          let (y, dx) = (Memory.floats(x), Memory.floats(x))
          for (low, high) in zip([0, 1, 6, 37, 1037], [1, 6, 37, 1037, x.count]) {
            Elementwise.gelu(y[low..<high], form: form, into: y[low..<high])
            Elementwise.geluBackward(
              input: Memory.floats(Array(x[low..<high])), outputGradient: dx[low..<high], form: form,
              into: dx[low..<high])
          }
          #expect(y.hasSameBits(as: whole) && dx.hasSameBits(as: slopes), "\(path) \(form)")
        }
      }
    }

    @Test("what is not a number stays so")
    func divergence() {
      forEachPath { path in
        for form in Elementwise.GELUForm.allCases {
          let (y, dx) = (Memory.floats([.nan, 1, .infinity]), Memory.floats([1, .nan, 1]))
          Elementwise.geluBackward(input: y, outputGradient: dx, form: form, into: dx)
          Elementwise.gelu(y, form: form, into: y)
          #expect(y[0].isNaN && y[2] == .infinity && dx[0].isNaN && dx[1].isNaN, "\(path) \(form)")
        }
      }
    }
  }
}
