import Kernels
import TestSupport
import Testing

extension KernelsTests {
  @Suite("Downsampling") struct DownsamplingTests {
    static let shapes = [
      DownsamplingShape(batch: 2, height: 8, width: 8, inputChannels: 16, outputChannels: 32, stride: 2),
      DownsamplingShape(batch: 3, height: 7, width: 5, inputChannels: 3, outputChannels: 8, stride: 2),
      DownsamplingShape(batch: 1, height: 7, width: 8, inputChannels: 5, outputChannels: 5, stride: 3),
      DownsamplingShape(batch: 1, height: 2, width: 3, inputChannels: 1, outputChannels: 4, stride: 1),
      DownsamplingShape(batch: 0, height: 2, width: 2, inputChannels: 1, outputChannels: 2, stride: 2),
    ]

    @Test("keeps every stride-th pixel and adds zero channels; the gradient goes back there", arguments: shapes)
    func pixels(shape: DownsamplingShape) {
      var generator = SeededGenerator(seed: 6)
      let (x, dy) = (generator.floats(shape.inputCount), generator.floats(shape.outputCount))
      var expected = [Float](repeating: 0, count: shape.outputCount)
      var gradient = [Float](repeating: 0, count: shape.inputCount)
      for index in x.indices {
        let (pixel, channel) = index.quotientAndRemainder(dividingBy: shape.inputChannels)
        let (row, column) = (pixel / shape.width % shape.height, pixel % shape.width)
        guard row % shape.stride == 0, column % shape.stride == 0 else { continue }
        let image = pixel / shape.width / shape.height
        let place =
          ((image * shape.outputHeight + row / shape.stride) * shape.outputWidth + column / shape.stride)
          * shape.outputChannels + channel
        expected[place] = x[index]
        gradient[index] = dy[place]
      }
      let (y, dx) = (Memory.output(shape.outputCount), Memory.output(shape.inputCount))
      Downsampling.forward(Memory.floats(x), shape: shape, into: y)
      expectSame(y.array(), expected)
      Downsampling.backward(outputGradient: Memory.floats(dy), shape: shape, into: dx)
      expectSame(dx.array(), gradient)
      #expect(Memory.releaseAndCheck())
    }
  }
}
