import Kernels
import Keys

/// A square convolution over images: y[p, o] = Σ over taps t and channels c of x[p·stride + t − padding, c]·W[t, c, o]
/// + b[o].
package struct ConvolutionLayer: Layer {
  package var channels: Int
  package var kernel: Int
  package var stride: Int
  package var padding: Int
  package var bias: Bool
  package var initial: WeightInitialization

  package init(
    channels: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true,
    initial: WeightInitialization = .auto
  ) {
    self.initial = initial
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.bias = bias
  }

  package static let kind = "conv2d"
  package static let about = "A convolution with a square kernel."

  package static func keys(_ section: Section, _ value: ConvolutionLayer?) -> ConvolutionLayer {
    ConvolutionLayer(
      channels: section.required("channels", value?.channels, .integer(1...Limit.side), "Output channels."),
      kernel: section.required("kernel", value?.kernel, .integer(1...1024), "Height and width of the kernel."),
      stride: section.key("stride", value?.stride, .integer(1...1024), default: 1, "Pixels from window to window."),
      padding: section.key("padding", value?.padding, .integer(0...1024), default: 0, "Zeros at each side."),
      bias: section.key("bias", value?.bias, .flag, default: true, "Whether a bias is added."),
      initial: WeightInitialization.key(
        section, value?.initial, WeightInitialization.usual + WeightInitialization.convolutional))
  }

  package var takesReLU: Bool { true }
  package var isConvolutional: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let shape = try shape(on: input, in: &network, path: context.path)
    let taps = kernel * kernel
    let start = try initialWeights(on: input, fanIn: taps * shape.inputChannels, in: network, path: context.path)
    let weights = network.tensor(
      context.name + ".weight", [channels, shape.inputChannels, kernel, kernel],
      initial: start.value, decays: true, count: taps * shape.inputChannels * channels,
      layout: ConvolutionLayout(kernel: kernel, inputs: shape.inputChannels, outputs: channels),
      isFixed: start.isFixed)
    let biases = bias ? network.tensor(context.name + ".bias", [channels], initial: .constant(0)) : nil
    let output = network.output(
      FeatureShape(height: shape.outputHeight, width: shape.outputWidth, channels: channels),
      mayOverwrite: !context.relu)
    let plan = ConvolutionPlan(
      shape, forced: network.convolution == .direct ? .direct : nil, arithmetic: network.arithmetic)
    network.append(
      ConvolutionOperation(
        plan: plan, input: input, output: output, weights: weights, bias: biases, relu: context.relu,
        packed: network.packed(plan.packedCount), forwardScratch: network.storage(plan.forwardScratchCount),
        backwardScratch: network.storage(plan.backwardScratchCount)))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(
      .convolution(channels: channels, kernel: kernel, stride: stride, padding: padding, bias: bias),
      named: context.name)
  }

  /// What the weights begin with, and whether they stay so.
  private func initialWeights(
    on input: Activation, fanIn: Int, in network: NetworkBuilder, path: String
  ) throws(ModelError) -> (value: InitialValue, isFixed: Bool) {
    switch initial {
    case .auto, .he: return (.he(fanIn: fanIn), false)
    case .uniform: return (.uniform(fanIn: fanIn), false)
    case .dirac: return (.dirac(bound: 1 / Double(fanIn).squareRoot()), false)
    case .whitening(let samples, let epsilon):
      guard network.isInput(input), network.operations.isEmpty else {
        throw ModelError(
          path: path + ".init",
          message: "found \"whitening\", which needs to see the data; allowed: the first layer, or another init here")
      }
      guard channels.isMultiple(of: 2), channels <= 2 * fanIn else {
        throw ModelError(
          path: path + ".channels",
          message: "found \(channels), but whitening has two filters for each of the \(fanIn) numbers of a patch; "
            + "allowed: an even number, at most \(2 * fanIn)")
      }
      return (.whitening(samples: samples, epsilon: epsilon), true)
    }
  }

  private func shape(
    on input: Activation, in network: inout NetworkBuilder, path: String
  ) throws(ModelError) -> ConvolutionShape {
    try Window.requireFit(input, size: kernel, padding: padding, path: path, what: "kernel")
    let (height, width) = (input.shape.height + 2 * padding, input.shape.width + 2 * padding)
    let (down, across) = ((height - kernel) / stride + 1, (width - kernel) / stride + 1)
    try network.require(kernel, kernel, input.shape.channels, channels, of: "weights", path: path)
    try network.require(height, width, input.shape.channels, of: "a padded image", path: path)
    try network.require(network.microbatch, down, across, channels, of: "an output", path: path)
    // The input gradient reads the output's with a halo of up to a kernel.
    try network.require(down + 2 * kernel, across + 2 * kernel, channels, of: "a padded output", path: path)
    try network.add(operations: 6, down, across, kernel, kernel, input.shape.channels, channels, path: path)
    return ConvolutionShape(
      batch: network.microbatch, height: input.shape.height, width: input.shape.width,
      inputChannels: input.shape.channels, outputChannels: channels, kernel: kernel, stride: stride, padding: padding)
  }
}

extension LayerConfiguration {
  /// A convolution with a square kernel.
  public static func conv2d(
    channels: Int, kernel: Int, stride: Int, padding: Int, bias: Bool, initial: WeightInitialization = .auto
  ) -> LayerConfiguration {
    LayerConfiguration(
      ConvolutionLayer(
        channels: channels, kernel: kernel, stride: stride, padding: padding, bias: bias, initial: initial))
  }
}

/// Files have [out, in, k, k], memory [k, k, in, out].
private struct ConvolutionLayout: ParameterLayout {
  let kernel: Int
  let inputs: Int
  let outputs: Int

  func index(ofFileElement index: Int) -> Int {
    let tap = index % (kernel * kernel)
    let (output, input) = (index / (kernel * kernel)).quotientAndRemainder(dividingBy: inputs)
    return (tap * inputs + input) * outputs + output
  }
}

/// A convolution with bias and the ReLU that follows, if one does, in the same pass.
private struct ConvolutionOperation: ConvolvingOperation, GradientAddingOperation {
  let plan: ConvolutionPlan
  let input: Activation
  let output: Activation
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
  var result: Activation? { output }
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

  func pack(part: Int, weights all: Floats, into packedWeights: Floats) {
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
