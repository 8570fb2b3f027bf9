import Kernels
import Keys

/// y = x·Wᵀ + b: every output is a weighted sum of all inputs.
package struct DenseLayer: Layer {
  package var units: Int
  package var bias: Bool
  package var initial: WeightInitialization

  package init(units: Int, bias: Bool = true, initial: WeightInitialization = .auto) {
    self.initial = initial
    self.units = units
    self.bias = bias
  }

  package static let kind = "dense"
  package static let about = "Every output is a weighted sum of all inputs."

  package static func keys(_ section: Section, _ value: DenseLayer?) -> DenseLayer {
    DenseLayer(
      units: section.required("units", value?.units, .integer(1...Limit.width), "Number of outputs."),
      bias: section.key("bias", value?.bias, .flag, default: true, "Whether a bias is added."),
      initial: WeightInitialization.key(section, value?.initial, WeightInitialization.usual))
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
    let weights = network.tensor(
      context.name + ".weight", [units, shape.inputs],
      initial: try initialWeights(givesOutputs: context.outputs != nil, fanIn: shape.inputs, path: context.path),
      decays: true,
      count: shape.weightCount, layout: DenseLayout(shape: shape, input: input.flattened ?? input.shape))
    let biases = bias ? network.tensor(context.name + ".bias", [units], initial: .constant(0)) : nil
    let output = network.output(FeatureShape(features: units), mayOverwrite: !context.relu)
    let n = network.microbatch
    let skips = network.zeros == .skip && shape.hasFactors
    let transposes = skips && network.transposes && context.relu && input.gradient != nil && shape.transposed.hasFactors
    var (forward, backward) = (shape.scratchCount(rows: n), shape.scratchCount(rows: n))
    if skips {
      forward = max(forward, DenseShape.listCount(rows: n, columns: shape.inputs))
      backward = max(backward, shape.listedScratchCount(rows: n))
      if transposes { backward = max(backward, DenseShape.listCount(rows: n, columns: units)) }
    }
    network.append(
      DenseOperation(
        shape: shape, input: input, output: output, weights: weights, bias: biases, relu: context.relu,
        background: (shape.hasFactors ? network.background(of: input) : nil).map {
          InputBackground($0, shape, in: &network)
        },
        zeroLayer: skips ? network.nextZeroLayer() : nil,
        transposed: transposes ? network.packed(shape.transposed.weightCount) : nil,
        forwardScratch: network.storage(forward), backwardScratch: network.storage(backward)))
    return output
  }

  private func initialWeights(givesOutputs: Bool, fanIn: Int, path: String) throws(ModelError) -> InitialValue {
    switch initial {
    // The last layer starts with N(0, 0.01²) (Goyal et al. 2017, §5.1).
    case .auto: return givesOutputs ? .normal(deviation: 0.01) : .he(fanIn: fanIn)
    case .he: return .he(fanIn: fanIn)
    case .uniform: return .uniform(fanIn: fanIn)
    case .dirac, .whitening:
      throw ModelError(
        path: path + ".init", message: "found \(initial), which is a convolution's; allowed: auto, he, uniform")
    }
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.dense(units: units, bias: bias), named: context.name)
  }
}

extension LayerConfiguration {
  /// y = x·Wᵀ + b with `units` outputs.
  public static func dense(
    units: Int, bias: Bool, initial: WeightInitialization = .auto
  ) -> LayerConfiguration {
    LayerConfiguration(DenseLayer(units: units, bias: bias, initial: initial))
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
///
/// Zeros in x and dy are skipped where the microbatch has so many that it pays; the bits are the same.
private struct DenseOperation: FactoredOperation, ZeroSkippingOperation {
  let shape: DenseShape
  let input: Activation
  let output: Activation
  let weights: Range<Int>
  let bias: Range<Int>?
  let relu: Bool
  /// What the inputs are counted from, where the layer is the first.
  let background: InputBackground?
  let zeroLayer: Int?
  /// Where the transposed weights lie among the packed ones, with which dy gives dx without its zeros.
  let transposed: Range<Int>?
  let forwardScratch: Int
  let backwardScratch: Int

  var algorithms: String? { zeroLayer == nil ? nil : "may skip zeros" }
  var label: String { "dense \(shape.outputs)" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var parameters: [Range<Int>] { [weights] + (bias.map { [$0] } ?? []) }
  var forwardUses: [Int] { [input.storage, output.storage, forwardScratch] + (background.map { [$0.storage] } ?? []) }
  var backwardUses: [Int] {
    [input.storage, backwardScratch] + (relu ? [output.storage] : [])
      + [input.gradient, output.gradient].compactMap { $0 }
  }
  var forwardFLOPs: Int { 2 * shape.inputs * shape.outputs }
  var backwardFLOPs: Int { forwardFLOPs * (input.gradient == nil ? 1 : 2) }

  // A first layer has a background or none, and no input gradient that wants transposed weights.
  var packedCount: Int { background?.packed.count ?? transposed?.count ?? 0 }
  var packingParts: Int { background != nil ? 1 : transposed != nil ? shape.panels : 0 }
  var isPackingOptional: Bool { background == nil }

  func pack(part: Int, weights all: Floats, into packedWeights: Floats) {
    if let background {
      background.pack(weights: all[weights], bias: bias.map { all[$0] }, into: packedWeights)
    } else if let transposed {
      Dense.transpose(shape, panel: part, weights: all[weights], into: packedWeights[transposed])
    }
  }

  func forward(_ pass: Pass) {
    let input = pass.matrix(input.storage, input.shape)
    let x = background?.difference(input, pass) ?? input
    let y = pass.matrix(output.storage, output.shape)
    let biases = background?.bias(pass) ?? bias.map { pass.weights[$0] }
    let scratch = pass.floats(forwardScratch)
    if let zeroLayer, pass.zeros.isAllowed {
      let nonzeros = Dense.nonzeros(x.storage)
      pass.zeros.note(inputs: nonzeros, of: x.storage.count, layer: zeroLayer)
      if ZeroSkipping.listsRows(nonzeros: nonzeros, of: x.storage.count) {
        Dense.list(x, into: scratch)
        return Dense.listedForward(
          shape, lists: scratch, weights: pass.weights[weights], bias: biases, relu: relu, into: y)
      }
    }
    Dense.forward(shape, x: x, weights: pass.weights[weights], bias: biases, relu: relu, into: y, scratch: scratch)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.matrix(outputGradient, output.shape)
    if relu {
      Elementwise.reluBackward(gradient: dy.storage, output: pass.elements(output.storage, output.shape))
    }
    var nonzeros: Int?
    if let zeroLayer, pass.zeros.isAllowed {
      let count = Dense.nonzeros(dy.storage)
      pass.zeros.note(gradients: count, of: dy.storage.count, layer: zeroLayer)
      nonzeros = count
    }
    weightGradient(pass, dy: dy, nonzeros: nonzeros)
    if let inputGradient = input.gradient {
      self.inputGradient(pass, dy: dy, nonzeros: nonzeros, into: pass.matrix(inputGradient, input.shape))
    }
  }

  private func weightGradient(_ pass: Pass, dy: Matrix, nonzeros: Int?) {
    let x = pass.matrix(input.storage, input.shape)
    let biasGradient = bias.map { pass.gradient(at: $0) }
    let isListed =
      nonzeros.map { ZeroSkipping.listsOutputs(nonzeros: $0, samples: dy.rows, outputs: dy.columns) } ?? false
    if let factors = pass.factors, let offset = factors.plan.offset(ofWeights: weights) {
      let samples = factors.samples.count
      let listed = isListed && factors.plan.holdsLists
      Dense.storeFactors(
        shape, x: x, dy: dy, at: pass.firstSample - factors.samples.lowerBound, of: samples, listed: listed,
        biasGradient: biasGradient,
        into: factors.storage[
          offset..<offset + shape.factorCount(samples: samples, listed: factors.plan.holdsLists)])
    } else if isListed {
      Dense.listedWeightGradient(
        shape, x: x, dy: dy, into: pass.gradient(at: weights), biasGradient: biasGradient,
        accumulating: pass.isAccumulating, scratch: pass.floats(backwardScratch))
    } else {
      Dense.weightGradient(
        shape, x: x, dy: dy, into: pass.gradient(at: weights), biasGradient: biasGradient,
        accumulating: pass.isAccumulating, scratch: pass.floats(backwardScratch))
    }
  }

  private func inputGradient(_ pass: Pass, dy: Matrix, nonzeros: Int?, into dx: Matrix) {
    let scratch = pass.floats(backwardScratch)
    if let transposed, pass.zeros.hasTransposed, let nonzeros,
      ZeroSkipping.listsRows(nonzeros: nonzeros, of: dy.storage.count)
    {
      Dense.list(dy, into: scratch)
      return Dense.listedForward(
        shape.transposed, lists: scratch, weights: pass.packedWeights[transposed], bias: nil, relu: false, into: dx)
    }
    Dense.inputGradient(shape, dy: dy, weights: pass.weights[weights], into: dx, scratch: scratch)
  }
}
