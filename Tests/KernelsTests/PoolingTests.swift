import Kernels
import TestSupport
import Testing

extension PoolingShape {
  /// Calls `body(output index, window index, input index)` for every element of every window.
  fileprivate func forEachWindowElement(_ body: (_ output: Int, _ window: Int, _ input: Int) -> Void) {
    for b in 0..<batch {
      for oy in 0..<outputHeight {
        for ox in 0..<outputWidth {
          for c in 0..<channels {
            let output = ((b * outputHeight + oy) * outputWidth + ox) * channels + c
            for ky in 0..<size {
              for kx in 0..<size {
                let (y, x) = (oy * stride + ky - padding, ox * stride + kx - padding)
                guard y >= 0, y < height, x >= 0, x < width else { continue }
                body(output, ky * size + kx, ((b * height + y) * width + x) * channels + c)
              }
            }
          }
        }
      }
    }
  }
}

extension KernelsTests {
  @Suite("Pooling") struct PoolingTests {
    static let shapes = [
      PoolingShape(batch: 2, height: 4, width: 6, channels: 32, size: 2, stride: 2),
      PoolingShape(batch: 3, height: 5, width: 7, channels: 3, size: 2, stride: 2),
      PoolingShape(batch: 1, height: 6, width: 9, channels: 17, size: 3, stride: 3),
      PoolingShape(batch: 2, height: 7, width: 8, channels: 5, size: 3, stride: 2),
      PoolingShape(batch: 1, height: 5, width: 5, channels: 16, size: 2, stride: 1),
      PoolingShape(batch: 1, height: 7, width: 5, channels: 1, size: 2, stride: 3),
      PoolingShape(batch: 2, height: 16, width: 17, channels: 9, size: 16, stride: 1),
      PoolingShape(batch: 0, height: 4, width: 4, channels: 4, size: 2, stride: 2),
    ]

    /// Windows that reach beyond the image, ResNet's 3×3 of stride 2 among them.
    static let paddedShapes = [
      PoolingShape(batch: 2, height: 8, width: 8, channels: 64, size: 3, stride: 2, padding: 1),
      PoolingShape(batch: 2, height: 7, width: 10, channels: 17, size: 3, stride: 2, padding: 1),
      PoolingShape(batch: 1, height: 5, width: 6, channels: 5, size: 2, stride: 2, padding: 1),
      PoolingShape(batch: 1, height: 4, width: 7, channels: 3, size: 5, stride: 1, padding: 2),
      PoolingShape(batch: 1, height: 1, width: 1, channels: 33, size: 3, stride: 3, padding: 1),
      PoolingShape(batch: 0, height: 4, width: 4, channels: 4, size: 3, stride: 2, padding: 1),
    ]

    /// So many floats are written past the caches.
    @Test("the gradient of a max pooling beyond the caches is that of its images one by one")
    func streamed() {
      let one = PoolingShape(batch: 1, height: 65, width: 129, channels: 32, size: 2, stride: 2)
      let all = one.with(batch: 16)
      var generator = SeededGenerator(seed: 3)
      let (x, dy) = (generator.floats(all.inputCount), generator.floats(all.outputCount))
      forEachPath { path in
        let (y, dx) = (Memory.output(all.outputCount), Memory.output(all.inputCount))
        let choices = Memory.bytes([UInt8](repeating: 0, count: all.outputCount))
        Pooling.maxForward(Memory.floats(x), shape: all, into: y, choices: choices)
        Pooling.maxBackward(outputGradient: Memory.floats(dy), choices: choices, shape: all, into: dx)
        for image in [0, 7, 15] {
          let outputs = image * one.outputCount..<(image + 1) * one.outputCount
          let alone = Memory.output(one.inputCount)
          Pooling.maxBackward(
            outputGradient: Memory.floats(Array(dy[outputs])), choices: choices[outputs], shape: one, into: alone)
          let inputs = image * one.inputCount..<(image + 1) * one.inputCount
          #expect(dx[inputs].hasSameBits(as: alone), "\(path) image \(image)")
        }
      }
    }

    @Test(
      "max pooling takes the first largest element, and its gradient goes there", arguments: shapes + paddedShapes)
    func maximum(shape: PoolingShape) {
      var generator = SeededGenerator(seed: 2)
      // Few values, so that windows have ties.
      let x = (0..<shape.inputCount).map { _ in Float(Int.random(in: -3...3, using: &generator)) }
      let dy = generator.floats(shape.outputCount)
      var expected = [Float](repeating: -.infinity, count: shape.outputCount)
      var (choices, inputs) = ([UInt8](repeating: 0, count: shape.outputCount), [Int: Int]())
      shape.forEachWindowElement { output, window, input in
        if x[input] > expected[output] {
          expected[output] = x[input]
          choices[output] = UInt8(window)
          inputs[output] = input
        }
      }
      var gradient = [Double](repeating: 0, count: shape.inputCount)
      for (output, input) in inputs { gradient[input] += Double(dy[output]) }
      forEachPath { path in
        let y = Memory.output(shape.outputCount)
        let chosen = Memory.bytes([UInt8](repeating: 99, count: shape.outputCount))
        Pooling.maxForward(Memory.floats(x), shape: shape, into: y, choices: chosen)
        expectSame(y.array(), expected, "\(path)")
        #expect(chosen.array() == choices, "\(path)")
        let evaluated = Memory.output(shape.outputCount)
        Pooling.maxForward(Memory.floats(x), shape: shape, into: evaluated, choices: nil)
        expectSame(evaluated.array(), expected, "\(path)")
        let dx = Memory.output(shape.inputCount)
        Pooling.maxBackward(outputGradient: Memory.floats(dy), choices: chosen, shape: shape, into: dx)
        expectClose(dx.array(), gradient.map { Float($0) }, relative: 1e-6, "\(path)")
      }
    }

    @Test("a NaN wins its window")
    func notANumber() {
      let shape = PoolingShape(batch: 1, height: 2, width: 2, channels: 1, size: 2, stride: 2)
      forEachPath { path in
        for place in 0..<4 {
          var x: [Float] = [1, 2, 3, 4]
          x[place] = .nan
          let y = Memory.output(1)
          let choices = Memory.bytes([9])
          Pooling.maxForward(Memory.floats(x), shape: shape, into: y, choices: choices)
          #expect(y[0].isNaN && choices[0] == UInt8(place), "\(path)")
        }
      }
    }

    @Test("average pooling is the mean of each window, and its gradient spreads", arguments: shapes)
    func average(shape: PoolingShape) {
      var generator = SeededGenerator(seed: 3)
      let (x, dy) = (generator.floats(shape.inputCount), generator.floats(shape.outputCount))
      var expected = [Double](repeating: 0, count: shape.outputCount)
      var gradient = [Double](repeating: 0, count: shape.inputCount)
      let share = 1 / Double(shape.size * shape.size)
      shape.forEachWindowElement { output, _, input in
        expected[output] += Double(x[input]) * share
        gradient[input] += Double(dy[output]) * share
      }
      forEachPath { path in
        let (y, dx) = (Memory.output(shape.outputCount), Memory.output(shape.inputCount))
        Pooling.averageForward(Memory.floats(x), shape: shape, into: y)
        expectClose(y.array(), expected.map { Float($0) }, relative: 1e-6, "\(path)")
        Pooling.averageBackward(outputGradient: Memory.floats(dy), shape: shape, into: dx)
        expectClose(dx.array(), gradient.map { Float($0) }, relative: 1e-6, "\(path)")
      }
    }

    @Test("global average pooling", arguments: [(1, 1, 1), (2, 49, 3), (3, 64, 64), (2, 100, 145)])
    func global(batch: Int, pixels: Int, channels: Int) {
      var generator = SeededGenerator(seed: 4)
      let (x, dy) = (generator.floats(batch * pixels * channels), generator.floats(batch * channels))
      var expected = [Double](repeating: 0, count: batch * channels)
      for index in x.indices {
        expected[index / (pixels * channels) * channels + index % channels] += Double(x[index]) / Double(pixels)
      }
      let gradient = x.indices.map { dy[$0 / (pixels * channels) * channels + $0 % channels] / Float(pixels) }
      forEachPath { path in
        let (y, dx) = (Memory.output(batch * channels), Memory.output(x.count))
        Pooling.globalAverageForward(Memory.floats(x), batch: batch, pixels: pixels, channels: channels, into: y)
        expectClose(y.array(), expected.map { Float($0) }, relative: 1e-6, "\(path)")
        Pooling.globalAverageBackward(
          outputGradient: Memory.floats(dy), batch: batch, pixels: pixels, channels: channels, into: dx)
        expectClose(dx.array(), gradient, relative: 1e-7, "\(path)")
      }
    }
  }
}
