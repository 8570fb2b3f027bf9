import Kernels
import Testing

/// How a convolution is computed: the three passes of one algorithm, on buffers with traps.
enum Algorithm: String, CaseIterable {
  case direct, winograd

  private var kernels: any PackedConvolution.Type {
    switch self {
    case .direct: DirectConvolution.self
    case .winograd: WinogradConvolution.self
    }
  }

  func forward(
    _ oracle: NaiveConvolution, relu: Bool = false, over start: [Float]? = nil, bias: Bool = true, path: KernelPath,
    poison: Float = .nan
  ) -> [Float] {
    let shape = oracle.shape
    let x = Buffer(oracle.inputs)
    let weights = Buffer(oracle.weights)
    let biases = Buffer(oracle.bias)
    return guarded(shape.outputCount, start, path) { y in
      let packed = poisoned(kernels.packedCount(shape), poison)
      kernels.pack(weights.view, shape: shape, into: packed.view)
      let scratch = poisoned(kernels.forwardScratchCount(shape), poison)
      kernels.forward(
        x.view, packed: packed.view, bias: bias ? biases.view : nil, relu: relu, accumulating: start != nil,
        shape: shape, into: y, scratch: scratch.view)
    }
  }

  func inputGradient(
    _ oracle: NaiveConvolution, over start: [Float]? = nil, path: KernelPath, poison: Float = .nan
  ) -> [Float] {
    let shape = oracle.shape
    let dy = Buffer(oracle.outputGradient)
    let weights = Buffer(oracle.weights)
    return guarded(shape.inputCount, start, path) { dx in
      let packed = poisoned(kernels.transposedCount(shape), poison)
      kernels.packTransposed(weights.view, shape: shape, into: packed.view)
      let scratch = poisoned(kernels.inputGradientScratchCount(shape), poison)
      kernels.inputGradient(
        outputGradient: dy.view, transposed: packed.view, shape: shape, into: dx, accumulating: start != nil,
        scratch: scratch.view)
    }
  }

  func weightGradient(
    _ oracle: NaiveConvolution, over start: [Float]? = nil, path: KernelPath, poison: Float = .nan
  ) -> [Float] {
    let shape = oracle.shape
    let x = Buffer(oracle.inputs)
    let dy = Buffer(oracle.outputGradient)
    return guarded(shape.weightCount, start, path) { dw in
      let scratch = poisoned(kernels.weightGradientScratchCount(shape), poison)
      kernels.weightGradient(
        input: x.view, outputGradient: dy.view, shape: shape, into: dw, accumulating: start != nil,
        scratch: scratch.view)
    }
  }

  /// All passes, plain and accumulating, against the oracle: the largest relative errors of outputs, input gradient and
  /// weight gradient. A NaN that leaks out of scratch makes an error infinite.
  func errors(_ oracle: NaiveConvolution, path: KernelPath) -> (Double, Double, Double) {
    let shape = oracle.shape
    let oldOutputs = NaiveConvolution(shape, seed: 2).outputGradient
    let oldInputs = NaiveConvolution(shape, seed: 2).inputs
    let oldWeights = NaiveConvolution(shape, seed: 2).weights
    let summed = zip(oracle.outputs, oldOutputs).map { max(0, $0 + Double($1)) }
    return (
      max(
        largestError(forward(oracle, path: path), oracle.outputs),
        largestError(forward(oracle, relu: true, over: oldOutputs, path: path), summed)),
      max(
        largestError(inputGradient(oracle, path: path), oracle.inputGradient),
        largestError(inputGradient(oracle, over: oldInputs, path: path), sum(oracle.inputGradient, oldInputs))),
      max(
        largestError(weightGradient(oracle, path: path), oracle.weightGradient),
        largestError(weightGradient(oracle, over: oldWeights, path: path), sum(oracle.weightGradient, oldWeights)))
    )
  }

  private func sum(_ a: [Double], _ b: [Float]) -> [Double] { zip(a, b).map { $0 + Double($1) } }
}

/// A buffer in which every element is the poison: what a kernel reads before it wrote it.
private func poisoned(_ count: Int, _ poison: Float) -> Buffer<Float> {
  let buffer = Buffer<Float>(count: count)
  buffer.view.fill(with: poison)
  return buffer
}

/// Runs `body` with a path's kernels on a view of `start`, or of NaN, and checks that the memory on both sides of it stays
/// as it was.
private func guarded(_ count: Int, _ start: [Float]?, _ path: KernelPath, _ body: (Floats) -> Void) -> [Float] {
  let margin = 64
  let mark: Float = 12345
  let buffer = Buffer<Float>(count: count + 2 * margin)
  buffer.view.fill(with: mark)
  let view = buffer.view[margin..<margin + count]
  if let start { view.copy(from: start) } else { view.fill(with: .nan) }
  KernelPath.withForced(path) { body(view) }
  let sides = buffer.view[0..<margin].array() + buffer.view[margin + count..<buffer.view.count].array()
  #expect(sides.allSatisfy { $0 == mark }, "written outside of the result")
  return view.array()
}
