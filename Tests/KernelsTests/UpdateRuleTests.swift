import Foundation
import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Update rules") struct UpdateRuleTests {
    private func inputs(_ count: Int) -> (w: [Float], g: [[Float]]) {
      var generator = SeededGenerator(seed: UInt64(count))
      return (generator.floats(count), (0..<3).map { _ in generator.floats(count) })
    }

    @Test("three steps of SGD follow form 9 in double precision", arguments: [Float(0), 0.9], [false, true])
    func sgd(momentum: Float, nesterov: Bool) {
      let (rate, decay, scale): (Float, Float, Float) = (0.1, 0.01, 0.5)
      forEachPath { path in
        for count in lengths {
          let (w, gradients) = inputs(count)
          let weights = Memory.floats(w)
          let buffer = momentum == 0 ? nil : Memory.floats([Float](repeating: 0, count: count))
          var (expected, velocity) = (w.map { Double($0) }, [Double](repeating: 0, count: count))
          for g in gradients {
            UpdateRule.sgd(
              weights: weights, gradient: Memory.floats(g), momentumBuffer: buffer, rate: rate, momentum: momentum,
              weightDecay: decay, nesterov: nesterov, gradientScale: scale)
            for i in 0..<count {
              let step = Double(g[i]) * Double(scale) + Double(decay) * expected[i]
              velocity[i] = Double(momentum) * velocity[i] + step
              expected[i] -= Double(rate) * (nesterov ? step + Double(momentum) * velocity[i] : velocity[i])
            }
          }
          expectClose(weights.array(), expected.map { Float($0) }, relative: 5e-7, "\(path) \(count)")
          if let buffer { expectClose(buffer.array(), velocity.map { Float($0) }, relative: 5e-7, "\(path) \(count)") }
        }
      }
    }

    @Test("three steps of Adam and AdamW follow their papers in double precision", arguments: [false, true])
    func adam(decoupled: Bool) {
      let (rate, beta1, beta2, epsilon, decay) = (0.01, 0.9, 0.999, 1e-8, 0.1)
      forEachPath { path in
        for count in lengths {
          let (w, gradients) = inputs(count)
          let weights = Memory.floats(w)
          let (first, second) = (
            Memory.floats([Float](repeating: 0, count: count)), Memory.floats([Float](repeating: 0, count: count))
          )
          var expected = w.map { Double($0) }
          var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
          for (index, g) in gradients.enumerated() {
            let step = index + 1
            UpdateRule.adam(
              weights: weights, gradient: Memory.floats(g), firstMoment: first, secondMoment: second, step: step,
              rate: rate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay, decoupled: decoupled,
              gradientScale: 0.5)
            for i in 0..<count {
              let gradient = 0.5 * Double(g[i]) + (decoupled ? 0 : decay * expected[i])
              m[i] = beta1 * m[i] + (1 - beta1) * gradient
              v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient
              let (mean, square) = (m[i] / (1 - pow(beta1, Double(step))), v[i] / (1 - pow(beta2, Double(step))))
              if decoupled { expected[i] *= 1 - rate * decay }
              expected[i] -= rate * mean / (square.squareRoot() + epsilon)
            }
          }
          expectClose(weights.array(), expected.map { Float($0) }, relative: 1e-6, "\(path) \(count)")
        }
      }
    }

    @Test("three steps of LAMB follow the paper in double precision, and its norms are those of the range")
    func lamb() {
      let (rate, beta1, beta2, epsilon, decay) = (0.01, 0.9, 0.999, 1e-6, 0.1)
      forEachPath { path in
        for count in lengths {
          let (w, gradients) = inputs(count)
          let weights = Memory.floats(w)
          let (first, second) = (
            Memory.floats([Float](repeating: 0, count: count)), Memory.floats([Float](repeating: 0, count: count))
          )
          var expected = w.map { Double($0) }
          var (m, v) = ([Double](repeating: 0, count: count), [Double](repeating: 0, count: count))
          for (index, g) in gradients.enumerated() {
            let step = index + 1
            let direction = Memory.output(count)
            let squares = UpdateRule.lambDirection(
              weights: weights, gradient: Memory.floats(g), firstMoment: first, secondMoment: second, step: step,
              beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay, gradientScale: 0.5, into: direction)
            let ratio = squares.direction > 0 ? (squares.weights / squares.direction).squareRoot() : 1
            UpdateRule.sgd(
              weights: weights, gradient: direction, momentumBuffer: nil, rate: Float(rate * ratio), momentum: 0,
              weightDecay: 0, nesterov: false)
            var u = [Double](repeating: 0, count: count)
            for i in 0..<count {
              let gradient = 0.5 * Double(g[i])
              m[i] = beta1 * m[i] + (1 - beta1) * gradient
              v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient
              let (mean, square) = (m[i] / (1 - pow(beta1, Double(step))), v[i] / (1 - pow(beta2, Double(step))))
              u[i] = mean / (square.squareRoot() + epsilon) + decay * expected[i]
            }
            let norms = [u, expected].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            expectClose(direction.array(), u.map { Float($0) }, relative: 2e-6, "\(path) \(count), u")
            let found = [squares.direction, squares.weights].map { Float($0.squareRoot()) }
            expectClose(found, norms.map { Float($0) }, relative: 2e-6, "\(path) \(count), norms")
            for i in 0..<count { expected[i] -= rate * norms[1] / norms[0] * u[i] }
          }
          expectClose(weights.array(), expected.map { Float($0) }, relative: 2e-6, "\(path) \(count)")
        }
      }
    }

    @Test("LAMB's moments are Adam's to the bit, and its direction has the same bits wherever the tensor is cut")
    func lambChunks() {
      forEachPath { path in
        let count = 1037
        let (w, gradients) = inputs(count)
        func run(_ cuts: [Int]) -> [[Float]] {
          let (weights, gradient, direction) = (Memory.floats(w), Memory.floats(gradients[0]), Memory.output(count))
          let (first, second) = (Memory.floats(gradients[1]), Memory.floats(gradients[2].map { abs($0) }))
          for (low, high) in zip([0] + cuts, cuts + [count]) {
            _ = UpdateRule.lambDirection(
              weights: weights, gradient: gradient[low..<high], firstMoment: first, secondMoment: second,
              range: low..<high, step: 7, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01,
              into: direction[low..<high])
          }
          #expect(weights.array() == w)
          return [direction.array(), first.array(), second.array()]
        }
        let whole = run([])
        #expect(run([1]) == whole && run([15, 512, 1030]) == whole, "\(path)")
        let (first, second) = (Memory.floats(gradients[1]), Memory.floats(gradients[2].map { abs($0) }))
        UpdateRule.adam(
          weights: Memory.floats(w), gradient: Memory.floats(gradients[0]), firstMoment: first, secondMoment: second,
          step: 7, rate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.01, decoupled: true)
        #expect(first.array() == whole[1] && second.array() == whole[2], "\(path)")
      }
    }

    @Test("averages of parameters without gradients end at zero, and none is ever subnormal", arguments: [false, true])
    func noSubnormals(nesterov: Bool) {
      let tiny = Float.leastNormalMagnitude
      let starts: [Float] = [tiny, -tiny, 3 * tiny, tiny / 100, -Float.leastNonzeroMagnitude, 0, 1e-20, -1]
      forEachPath { path in
        for count in [3, 16, 37] {
          let values = (0..<count).map { starts[$0 % starts.count] }
          let zeros = Memory.floats([Float](repeating: 0, count: count))
          let weights = Memory.floats(values)
          let (momentum, first, second) = (Memory.floats(values), Memory.floats(values), Memory.floats(values.map(abs)))
          for step in 1...1000 {
            UpdateRule.sgd(
              weights: weights, gradient: zeros, momentumBuffer: momentum, rate: 0.1, momentum: 0.9,
              weightDecay: 0, nesterov: nesterov, gradientScale: 1)
            UpdateRule.adam(
              weights: weights, gradient: zeros, firstMoment: first, secondMoment: second, step: step,
              rate: 0.1, beta1: 0.9, beta2: 0.9, epsilon: 1e-8, weightDecay: 0, decoupled: true, gradientScale: 1)
            guard [1, 2, 10, 830, 840, 1000].contains(step) else { continue }
            for buffer in [momentum, first, second] {
              #expect(!buffer.array().contains { $0.isSubnormal }, "\(path) \(count), step \(step)")
            }
          }
          for buffer in [momentum, first, second] {
            #expect(buffer.array().allSatisfy { $0 == 0 }, "\(path) \(count): not zero after 1000 steps")
          }
        }
      }
    }

    @Test("a moving average of decay 0.9999 takes 1e-4 of the weights, not single precision's 1 − 0.9999f")
    func movingAverage() {
      forEachPath { path in
        let average = Memory.floats([Float](repeating: 0, count: 37))
        let new = Memory.floats([Float](repeating: 1, count: 20))
        UpdateRule.movingAverage(average, new: new, range: 5..<25, decay: 0.9999)
        #expect(average.array() == (0..<37).map { (5..<25).contains($0) ? 1e-4 : 0 }, "\(path)")
      }
    }

    @Test("weights and their average change places and back, and views that overlap do not")
    func exchange() async {
      let (a, b) = (Memory.floats((0..<1037).map { Float($0) }), Memory.floats((0..<1037).map { -Float($0) / 3 }))
      let (before, other) = (a.array(), b.array())
      a.exchange(with: b)
      #expect(a.array() == other && b.array() == before)
      b.exchange(with: a)
      #expect(a.array() == before && b.array() == other)
      #expect(Memory.releaseAndCheck())
      await #expect(processExitsWith: .failure) {
        let view = Buffer<Float>(count: 10).view
        view[0..<6].exchange(with: view[4..<10])
      }
    }

    @Test("the running average keeps a share of the old value")
    func runningAverage() {
      forEachPath { path in
        for count in lengths {
          let (old, new) = (inputs(count).w, inputs(count).g[0])
          let average = Memory.floats(old)
          UpdateRule.runningAverage(average, new: Memory.floats(new), momentum: 0.9)
          let expected = zip(old, new).map { Float(0.9 * Double($0) + 0.1 * Double($1)) }
          expectClose(average.array(), expected, relative: 3e-7, "\(path) \(count)")
        }
      }
    }

    @Test("an update of two parts has the bits of an update of the whole, wherever it is cut")
    func chunks() {
      forEachPath { path in
        let count = 1037
        let (w, gradients) = inputs(count)
        func update(cuts: [Int]) -> [Float] {
          let (weights, buffer) = (Memory.floats(w), Memory.floats([Float](repeating: 0.5, count: count)))
          let gradient = Memory.floats(gradients[0])
          for (low, high) in zip([0] + cuts, cuts + [count]) {
            UpdateRule.sgd(
              weights: weights[low..<high], gradient: gradient[low..<high], momentumBuffer: buffer[low..<high],
              rate: 0.1, momentum: 0.9, weightDecay: 0.01, nesterov: true)
          }
          return weights.array()
        }
        let whole = update(cuts: [])
        #expect(update(cuts: [1]) == whole && update(cuts: [15, 512, 1030]) == whole, "\(path)")
        let (weights, buffer) = (Memory.floats(w), Memory.floats([Float](repeating: 0.5, count: count)))
        let gradient = Memory.floats(gradients[0])
        for range in [0..<15, 15..<512, 512..<count] {
          UpdateRule.sgd(
            weights: weights, gradient: gradient[range], momentumBuffer: buffer, range: range, rate: 0.1, momentum: 0.9,
            weightDecay: 0.01, nesterov: true)
        }
        #expect(weights.array() == whole, "\(path), by ranges")
      }
    }
  }
}
