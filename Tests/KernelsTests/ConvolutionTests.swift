import Kernels
import TestSupport
import Testing

extension ConvolutionShape {
  /// Calls `body(input, weight, output)` with the indices of every product of the convolution.
  fileprivate func forEachProduct(_ body: (_ input: Int, _ weight: Int, _ output: Int) -> Void) {
    for b in 0..<batch {
      for oy in 0..<outputHeight {
        for ox in 0..<outputWidth {
          for ky in 0..<kernel {
            for kx in 0..<kernel {
              let (y, x) = (oy * stride + ky - padding, ox * stride + kx - padding)
              guard (0..<height).contains(y), (0..<width).contains(x) else { continue }
              for i in 0..<inputChannels {
                for o in 0..<outputChannels {
                  body(
                    ((b * height + y) * width + x) * inputChannels + i,
                    ((ky * kernel + kx) * inputChannels + i) * outputChannels + o,
                    ((b * outputHeight + oy) * outputWidth + ox) * outputChannels + o)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension KernelsTests {
  @Suite("Convolution") struct ConvolutionTests {
    typealias Shape = ConvolutionShape

    static let shapes = [
      Shape(batch: 2, height: 7, width: 6, inputChannels: 3, outputChannels: 5, kernel: 3, padding: 1),
      Shape(batch: 3, height: 5, width: 9, inputChannels: 1, outputChannels: 4, kernel: 5, padding: 2),
      Shape(batch: 1, height: 8, width: 8, inputChannels: 16, outputChannels: 7, kernel: 3, stride: 2, padding: 1),
      Shape(batch: 2, height: 9, width: 7, inputChannels: 17, outputChannels: 3, kernel: 2, stride: 3),
      Shape(batch: 2, height: 5, width: 5, inputChannels: 9, outputChannels: 11, kernel: 1),
      Shape(batch: 2, height: 6, width: 5, inputChannels: 4, outputChannels: 6, kernel: 1, stride: 2),
      Shape(batch: 1, height: 2, width: 3, inputChannels: 2, outputChannels: 2, kernel: 5, padding: 3),
      Shape(batch: 1, height: 1, width: 1, inputChannels: 1, outputChannels: 1, kernel: 1, padding: 1),
      // More than one block of patches, the last one ragged.
      Shape(batch: 3, height: 19, width: 17, inputChannels: 33, outputChannels: 2, kernel: 3, padding: 1),
      Shape(batch: 0, height: 4, width: 4, inputChannels: 2, outputChannels: 2, kernel: 3),
    ]

    @Test("all three passes are those of the naive loops in double precision", arguments: shapes)
    func passes(shape: Shape) throws {
      try BLASBuild.requireUsable()
      var generator = SeededGenerator(seed: 11)
      let x = generator.floats(shape.inputCount)
      let w = generator.floats(shape.weightCount)
      let dy = generator.floats(shape.outputCount)
      var y = [Double](repeating: 0, count: shape.outputCount)
      var dw = [Double](repeating: 0, count: shape.weightCount)
      var dx = [Double](repeating: 0, count: shape.inputCount)
      shape.forEachProduct { input, weight, output in
        y[output] += Double(x[input]) * Double(w[weight])
        dw[weight] += Double(x[input]) * Double(dy[output])
        dx[input] += Double(w[weight]) * Double(dy[output])
      }
      forEachPath { path in
        let scratch = Memory.output(Convolution.scratchCount(shape))
        let (xs, ws, dys) = (Memory.floats(x), Memory.floats(w), Memory.floats(dy))
        let ys = Memory.output(shape.outputCount)
        Convolution.forward(xs, weights: ws, shape: shape, into: ys, scratch: scratch)
        expectClose(ys.array(), y.map { Float($0) }, relative: 2e-6, "\(path) forward")

        let dws = Memory.output(shape.weightCount)
        Convolution.weightGradient(input: xs, outputGradient: dys, shape: shape, into: dws, scratch: scratch)
        expectClose(dws.array(), dw.map { Float($0) }, relative: 2e-6, "\(path) weight gradient")
        Convolution.weightGradient(
          input: xs, outputGradient: dys, shape: shape, into: dws, accumulating: true, scratch: scratch)
        expectClose(dws.array(), dw.map { Float(2 * $0) }, relative: 2e-6, "\(path) accumulated weight gradient")

        let dxs = Memory.output(shape.inputCount)
        Convolution.inputGradient(outputGradient: dys, weights: ws, shape: shape, into: dxs, scratch: scratch)
        expectClose(dxs.array(), dx.map { Float($0) }, relative: 2e-6, "\(path) input gradient")
        Convolution.inputGradient(
          outputGradient: dys, weights: ws, shape: shape, into: dxs, accumulating: true, scratch: scratch)
        expectClose(dxs.array(), dx.map { Float(2 * $0) }, relative: 2e-6, "\(path) accumulated input gradient")
      }
    }

    @Test("scratch stays below a mebibyte for usual layers, and does not grow with the microbatch")
    func scratch() {
      let layer = Shape(
        batch: 32, height: 32, width: 32, inputChannels: 64, outputChannels: 64, kernel: 3, padding: 1)
      #expect(Convolution.scratchCount(layer) * 4 <= 1 << 20)
      #expect(Convolution.scratchCount(layer) == Convolution.scratchCount(layer.with(batch: 512)))
    }
  }
}
