import Kernels
import TestSupport
import Testing

@Suite("What every convolution promises", .serialized)
struct ConvolutionPromisesTests {
  private let shape = ConvolutionShape(
    batch: 5, height: 9, width: 13, inputChannels: 17, outputChannels: 33, kernel: 3, padding: 1)

  @Test("the bits do not depend on what scratch held", arguments: KernelPath.supported, Algorithm.allCases)
  func scratchIsNoInput(path: KernelPath, algorithm: Algorithm) {
    let oracle = NaiveConvolution(shape)
    #expect(
      algorithm.forward(oracle, path: path, poison: 1e30) == algorithm.forward(oracle, path: path, poison: -3))
    #expect(
      algorithm.inputGradient(oracle, path: path, poison: 1e30)
        == algorithm.inputGradient(oracle, path: path, poison: -3))
    #expect(
      algorithm.weightGradient(oracle, path: path, poison: 1e30)
        == algorithm.weightGradient(oracle, path: path, poison: -3))
  }

  @Test(
    "an image's bits do not depend on its neighbours in the batch", arguments: KernelPath.supported, Algorithm.allCases)
  func imagesAreIndependent(path: KernelPath, algorithm: Algorithm) {
    let all = NaiveConvolution(shape)
    let outputs = algorithm.forward(all, path: path)
    let inputGradient = algorithm.inputGradient(all, path: path)
    let inputCount = shape.inputCount / shape.batch
    let outputCount = shape.outputCount / shape.batch
    for image in 0..<shape.batch {
      let one = all.image(image)
      #expect(algorithm.forward(one, path: path) == Array(outputs[image * outputCount..<(image + 1) * outputCount]))
      #expect(
        algorithm.inputGradient(one, path: path) == Array(inputGradient[image * inputCount..<(image + 1) * inputCount]))
    }
  }

  @Test("NaN in the inputs reaches the outputs, through ReLU too", arguments: KernelPath.supported, Algorithm.allCases)
  func divergenceShows(path: KernelPath, algorithm: Algorithm) {
    let oracle = NaiveConvolution(shape).with(input: .nan, at: shape.inputCount / 2)
    #expect(algorithm.forward(oracle, relu: true, path: path).contains { $0.isNaN })
    #expect(algorithm.weightGradient(oracle, path: path).contains { $0.isNaN })
  }

  @Test("without bias the outputs are the products alone", arguments: KernelPath.supported, Algorithm.allCases)
  func withoutBias(path: KernelPath, algorithm: Algorithm) {
    let oracle = NaiveConvolution(shape)
    let expected = zip(oracle.outputs, oracle.outputs.indices).map { $0 - Double(oracle.bias[$1 % 33]) }
    #expect(largestError(algorithm.forward(oracle, bias: false, path: path), expected) < 1e-5)
  }

  @Test("an empty batch has a weight gradient of zero, or leaves what was there", arguments: KernelPath.supported)
  func emptyBatch(path: KernelPath) {
    let oracle = NaiveConvolution(shape.with(batch: 0))
    for algorithm in Algorithm.allCases {
      #expect(algorithm.forward(oracle, path: path).isEmpty)
      #expect(algorithm.weightGradient(oracle, path: path).allSatisfy { $0 == 0 })
      #expect(algorithm.weightGradient(oracle, over: oracle.weights, path: path) == oracle.weights)
    }
  }

  @Test("a pass allocates nothing", .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    // In a process of its own, where no other test allocates.
    await #expect(processExitsWith: .success) {
      let shape = ConvolutionPromisesTests().shape
      let x = Buffer<Float>(count: shape.inputCount)
      let y = Buffer<Float>(count: shape.outputCount)
      let weights = Buffer<Float>(count: shape.weightCount)
      let packed = Buffer<Float>(count: WinogradConvolution.packedCount(shape))
      let scratch = Buffer<Float>(
        count: max(
          WinogradConvolution.forwardScratchCount(shape), WinogradConvolution.weightGradientScratchCount(shape),
          DirectConvolution.weightGradientScratchCount(shape)))
      func passes() {
        WinogradConvolution.pack(weights.view, shape: shape, into: packed.view)
        WinogradConvolution.forward(x.view, packed: packed.view, shape: shape, into: y.view, scratch: scratch.view)
        WinogradConvolution.weightGradient(
          input: x.view, outputGradient: y.view, shape: shape, into: weights.view, scratch: scratch.view)
        DirectConvolution.weightGradient(
          input: x.view, outputGradient: y.view, shape: shape, into: weights.view, scratch: scratch.view)
      }
      passes()
      let allocations = AllocationCounter.count { for _ in 0..<10 { passes() } }
      try #require(allocations == 0, "\(allocations) allocations")
    }
  }

  @Test("scratch that is too small stops the program")
  func smallScratch() async {
    await #expect(processExitsWith: .failure) {
      let shape = ConvolutionShape(
        batch: 1, height: 4, width: 4, inputChannels: 1, outputChannels: 1, kernel: 3, padding: 1)
      let buffer = Buffer<Float>(count: 4096)
      DirectConvolution.forward(
        buffer.view[0..<16], packed: buffer.view[0..<144], shape: shape, into: buffer.view[0..<16],
        scratch: buffer.view[0..<35])
    }
  }
}
