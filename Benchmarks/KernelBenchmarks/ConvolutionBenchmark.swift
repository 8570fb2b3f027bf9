import Kernels

/// The three passes of a convolution by the algorithms of a plan.
struct ConvolutionBenchmark {
  let plan: ConvolutionPlan
  /// Another algorithm for every pass, to compare with.
  private let reference: ConvolutionPlan
  private let input: Buffer<Float>
  private let weights: Buffer<Float>
  private let gradient: Buffer<Float>
  private let packed: Buffer<Float>
  private let referencePacked: Buffer<Float>
  private let scratch: Buffer<Float>

  init(_ plan: ConvolutionPlan) {
    self.plan = plan
    let shape = plan.shape
    let isGEMM = ConvolutionPass.allCases.contains { plan.algorithm(of: $0) == .gemm }
    reference = ConvolutionPlan(shape, forced: isGEMM ? .direct : .gemm)
    var inputs = BenchmarkInputs()
    input = inputs.buffer(shape.inputCount)
    weights = inputs.buffer(shape.weightCount)
    gradient = inputs.buffer(shape.outputCount)
    packed = Buffer(count: plan.packedCount)
    referencePacked = Buffer(count: reference.packedCount)
    scratch = Buffer(
      count: [plan, reference].flatMap { [$0.forwardScratchCount, $0.backwardScratchCount] }.max() ?? 0)
    plan.pack(weights.view, into: packed.view)
    reference.pack(weights.view, into: referencePacked.view)
  }

  var name: String {
    let shape = plan.shape
    return
      "\(shape.kernel)×\(shape.kernel) \(shape.inputChannels)→\(shape.outputChannels), \(shape.height)×\(shape.width)"
      + (shape.stride > 1 ? " /\(shape.stride)" : "")
  }

  /// Multiplications and additions of each pass, computed directly.
  var flops: Double {
    2 * Double(plan.shape.patchCount) * Double(plan.shape.outputChannels) * Double(plan.shape.outputPixels)
  }

  /// Error and median seconds of a pass.
  func measure(_ pass: ConvolutionPass, seconds: Double) -> (error: Double, seconds: Double) {
    let count =
      switch pass {
      case .forward: plan.shape.outputCount
      case .inputGradient: plan.shape.inputCount
      case .weightGradient: plan.shape.weightCount
      }
    let (result, expected) = (Buffer<Float>(count: count), Buffer<Float>(count: count))
    run(pass, by: plan, packed, into: result)
    run(pass, by: reference, referencePacked, into: expected)
    let error = relativeError(result, expected)
    let median = Timing.median(seconds: seconds) { run(pass, by: plan, packed, into: result) }
    return (withExtendedLifetime(result) { error }, median)
  }

  private func run(
    _ pass: ConvolutionPass, by plan: ConvolutionPlan, _ packed: Buffer<Float>, into result: Buffer<Float>
  ) {
    let batch = plan.shape.batch
    switch pass {
    case .forward:
      plan.forward(
        input.view, batch: batch, weights: weights.view, packed: packed.view, bias: nil, relu: false, into: result.view,
        scratch: scratch.view)
    case .inputGradient:
      plan.inputGradient(
        of: gradient.view, batch: batch, weights: weights.view, packed: packed.view, into: result.view,
        scratch: scratch.view)
    case .weightGradient:
      plan.weightGradient(
        input: input.view, outputGradient: gradient.view, batch: batch, into: result.view, accumulating: false,
        scratch: scratch.view)
    }
  }
}
