import Kernels

/// A square convolution over NHWC images with bias and the ReLU that follows, if one does, in the same pass:
/// y[p, o] = Σ over taps t and channels c of x[p·stride + t − padding, c]·W[t, c, o] + b[o].
struct ConvolutionOperation: Operation {
  let plan: ConvolutionPlan
  let input: Value
  let output: Value
  let weights: Range<Int>
  let bias: Range<Int>?
  let relu: Bool
  /// Place of the packed weights among those of all layers.
  let packed: Range<Int>
  let forwardScratch: Int
  let backwardScratch: Int
  /// Whether the gradient of the input is added to what its storage holds: that of a shortcut around this layer.
  var addsInputGradient = false

  private var shape: ConvolutionShape { plan.shape }

  var label: String {
    let name = "conv2d \(shape.kernel)×\(shape.kernel), \(shape.outputChannels)"
    return name + (shape.stride > 1 ? ", stride \(shape.stride)" : "") + (relu ? " + relu" : "")
  }
  var outputShape: FeatureShape { output.shape }
  var parameters: [Range<Int>] { [weights] + (bias.map { [$0] } ?? []) }
  var forwardUses: [Int] { [input.storage, output.storage, forwardScratch] }
  var backwardUses: [Int] {
    [input.storage, backwardScratch] + (relu ? [output.storage] : [])
      + [input.gradient, output.gradient].compactMap { $0 }
  }
  var forwardFLOPs: Int {
    2 * shape.kernel * shape.kernel * shape.inputChannels * shape.outputChannels * output.shape.pixels
  }
  var backwardFLOPs: Int { forwardFLOPs * (input.gradient == nil ? 1 : 2) }
  var algorithms: String? {
    let passes = [plan.forward, plan.weightGradient] + (input.gradient == nil ? [] : [plan.inputGradient])
    return Set(passes).count == 1 ? plan.forward.rawValue : passes.map(\.rawValue).joined(separator: ", ")
  }
  var packedCount: Int { packed.count }

  func pack(weights all: Floats, into packedWeights: Floats) {
    plan.pack(all[weights], into: packedWeights[packed])
  }

  func forward(_ pass: Pass) {
    plan.forward(
      pass.elements(input.storage, input.shape), batch: pass.count, weights: pass.weights[weights],
      packed: pass.packedWeights[packed], bias: bias.map { pass.weights[$0] }, relu: relu,
      into: pass.elements(output.storage, output.shape), scratch: pass.floats(forwardScratch))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.pixels(outputGradient, output.shape)
    if relu {
      Elementwise.reluBackward(gradient: dy.storage, output: pass.elements(output.storage, output.shape))
    }
    let scratch = pass.floats(backwardScratch)
    if let bias {
      Elementwise.columnSums(of: dy, into: pass.gradient(at: bias), accumulating: pass.isAccumulating)
    }
    plan.weightGradient(
      input: pass.elements(input.storage, input.shape), outputGradient: dy.storage, batch: pass.count,
      into: pass.gradient(at: weights), accumulating: pass.isAccumulating, scratch: scratch)
    if let inputGradient = input.gradient {
      plan.inputGradient(
        of: dy.storage, batch: pass.count, weights: pass.weights[weights], packed: pass.packedWeights[packed],
        into: pass.elements(inputGradient, input.shape), accumulating: addsInputGradient, scratch: scratch)
    }
  }
}
