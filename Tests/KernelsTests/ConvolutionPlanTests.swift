import Kernels
import TestSupport
import Testing

@Suite("A convolution's plan")
struct ConvolutionPlanTests {
  @Test("every algorithm gives the same result, to rounding", arguments: [1, 3, 5])
  func algorithmsAgree(kernel: Int) {
    for (stride, channels) in [(1, (3, 5)), (1, (17, 32)), (2, (16, 16))] {
      let shape = ConvolutionShape(
        batch: 3, height: 9, width: 7, inputChannels: channels.0, outputChannels: channels.1, kernel: kernel,
        stride: stride, padding: kernel / 2)
      var generator = SeededGenerator(seed: 3)
      let x = Buffer(generator.floats(shape.inputCount))
      let w = Buffer(generator.floats(shape.weightCount))
      let bias = Buffer(generator.floats(shape.outputChannels))
      let dy = Buffer(generator.floats(shape.outputCount))
      var results: [[[Float]]] = []
      for algorithm in ConvolutionAlgorithm.allCases {
        let plan = ConvolutionPlan(shape, forced: algorithm)
        let packed = Buffer<Float>(count: plan.packedCount)
        let scratch = Buffer<Float>(count: max(plan.forwardScratchCount, plan.backwardScratchCount))
        let y = Buffer<Float>(count: shape.outputCount)
        let dx = Buffer<Float>(count: shape.inputCount)
        let dw = Buffer<Float>(count: shape.weightCount)
        plan.pack(w.view, into: packed.view)
        plan.forward(
          x.view, batch: 3, weights: w.view, packed: packed.view, bias: bias.view, relu: true, into: y.view,
          scratch: scratch.view)
        let bare = Buffer<Float>(count: shape.outputCount)
        plan.forward(
          x.view, batch: 3, weights: w.view, packed: packed.view, bias: nil, relu: true, into: bare.view,
          scratch: scratch.view)
        #expect(bare.array().min() == 0)
        plan.inputGradient(
          of: dy.view, batch: 3, weights: w.view, packed: packed.view, into: dx.view, scratch: scratch.view)
        plan.weightGradient(
          input: x.view, outputGradient: dy.view, batch: 3, into: dw.view, accumulating: false, scratch: scratch.view)
        results.append([y.array(), bare.array(), dx.array(), dw.array()])
      }
      for result in results.dropFirst() {
        for (actual, expected) in zip(result, results[0]) { expectClose(actual, expected, relative: 3e-5) }
      }
    }
  }

  @Test("is a pure function of the shape, and direct where Winograd does not fit")
  func choice() {
    let strided = ConvolutionShape(
      batch: 2, height: 8, width: 8, inputChannels: 16, outputChannels: 32, kernel: 3, stride: 2, padding: 1)
    #expect(ConvolutionPlan(strided, forced: .winograd).forward == .direct)
    #expect(ConvolutionPlan(strided) == ConvolutionPlan(strided))
  }
}
