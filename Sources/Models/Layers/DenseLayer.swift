import Kernels
import Keys

/// y = x·Wᵀ + b: every output is a weighted sum of all inputs.
package struct DenseLayer: Layer {
  package var units: Int
  package var bias: Bool

  package init(units: Int, bias: Bool = true) {
    self.units = units
    self.bias = bias
  }

  package static let kind = "dense"
  package static let about = "Every output is a weighted sum of all inputs."

  package static func keys(_ section: Section, _ value: DenseLayer?) -> DenseLayer {
    DenseLayer(
      units: section.required("units", value?.units, .integer(1...Limit.width), "Number of outputs."),
      bias: section.key("bias", value?.bias, .flag, default: true, "Whether a bias is added."))
  }

  package var takesReLU: Bool { true }
  package var givesOutputs: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    if let outputs = context.outputs, units != outputs {
      throw ModelError(
        path: context.path + ".units",
        message: "found \(units), but the data has \(outputs) outputs; the last dense layer must have that many")
    }
    try network.require(input.shape.count, units, of: "weights", path: context.path)
    try network.require(network.microbatch, units, of: "an output", path: context.path)
    try network.add(operations: 6, input.shape.count, units, path: context.path)
    let shape = DenseShape(inputs: input.shape.count, outputs: units)
    // The last layer starts with N(0, 0.01²) (Goyal et al. 2017, §5.1).
    let weights = network.tensor(
      context.name + ".weight", [units, shape.inputs],
      initial: context.outputs == nil ? .he(fanIn: shape.inputs) : .normal(deviation: 0.01), decays: true,
      count: shape.weightCount, layout: DenseLayout(shape: shape, input: input.flattened ?? input.shape))
    let biases = bias ? network.tensor(context.name + ".bias", [units], initial: .constant(0)) : nil
    let output = network.output(FeatureShape(features: units), mayOverwrite: !context.relu)
    let scratch = shape.scratchCount(rows: network.microbatch)
    network.append(
      DenseOperation(
        shape: shape, input: input, output: output, weights: weights, bias: biases, relu: context.relu,
        forwardScratch: network.storage(scratch), backwardScratch: network.storage(scratch)))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.dense(units: units, bias: bias), named: context.name)
  }
}

extension LayerConfiguration {
  /// y = x·Wᵀ + b with `units` outputs.
  public static func dense(units: Int, bias: Bool) -> LayerConfiguration {
    LayerConfiguration(DenseLayer(units: units, bias: bias))
  }
}

/// Files have [out, in], with the inputs behind an image in channel-major order (C, H, W).
private struct DenseLayout: ParameterLayout {
  let shape: DenseShape
  let input: FeatureShape

  func index(ofFileElement index: Int) -> Int {
    let (output, feature) = index.quotientAndRemainder(dividingBy: shape.inputs)
    return shape.index(output: output, input: input.index(ofChannelMajorElement: feature))
  }
}

/// y = x·Wᵀ + b, with the ReLU that follows, if one does, in the same pass.
private struct DenseOperation: FactoredOperation {
  let shape: DenseShape
  let input: Activation
  let output: Activation
  let weights: Range<Int>
  let bias: Range<Int>?
  let relu: Bool
  let forwardScratch: Int
  let backwardScratch: Int

  var label: String { "dense \(shape.outputs)" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
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
