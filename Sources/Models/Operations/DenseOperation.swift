import Kernels

/// y = x·Wᵀ + b, with the ReLU that follows, if one does, in the same pass.
struct DenseOperation: Operation {
  let shape: DenseShape
  let input: Value
  let output: Value
  let weights: Range<Int>
  let bias: Range<Int>?
  let relu: Bool
  let forwardScratch: Int
  let backwardScratch: Int

  var label: String { "dense \(shape.outputs)" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var parameters: [Range<Int>] { [weights] + (bias.map { [$0] } ?? []) }
  var forwardUses: [Int] { [input.storage, output.storage, forwardScratch] }
  var backwardUses: [Int] {
    [input.storage, backwardScratch] + (relu ? [output.storage] : [])
      + [input.gradient, output.gradient].compactMap { $0 }
  }
  var forwardFLOPs: Int { 2 * shape.inputs * shape.outputs }
  var backwardFLOPs: Int { forwardFLOPs * (input.gradient == nil ? 1 : 2) }

  func forward(_ pass: Pass) {
    Dense.forward(
      shape, x: pass.matrix(input.storage, input.shape), weights: pass.weights[weights],
      bias: bias.map { pass.weights[$0] }, relu: relu, into: pass.matrix(output.storage, output.shape),
      scratch: pass.floats(forwardScratch))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.matrix(outputGradient, output.shape)
    if relu {
      Elementwise.reluBackward(gradient: dy.storage, output: pass.elements(output.storage, output.shape))
    }
    let x = pass.matrix(input.storage, input.shape)
    let biasGradient = bias.map { pass.gradient(at: $0) }
    let scratch = pass.floats(backwardScratch)
    if let factors = pass.factors, let offset = factors.plan.offset(ofWeights: weights) {
      let samples = factors.samples.count
      Dense.storeFactors(
        shape, x: x, dy: dy, at: pass.firstSample - factors.samples.lowerBound, of: samples,
        biasGradient: biasGradient,
        into: factors.storage[offset..<offset + shape.factorCount(samples: samples)])
    } else {
      Dense.weightGradient(
        shape, x: x, dy: dy, into: pass.gradient(at: weights), biasGradient: biasGradient,
        accumulating: pass.isAccumulating, scratch: scratch)
    }
    if let inputGradient = input.gradient {
      Dense.inputGradient(
        shape, dy: dy, weights: pass.weights[weights], into: pass.matrix(inputGradient, input.shape), scratch: scratch)
    }
  }
}
