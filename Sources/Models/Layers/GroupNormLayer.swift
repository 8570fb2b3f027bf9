import Kernels
import Keys

/// Group normalisation: y = γ·(x − μ)/√(σ² + ε) + β, μ and σ² over a sample's values in a group of neighbouring channels,
/// γ and β per channel (Wu & He 2018), as PyTorch's `nn.GroupNorm`.
package struct GroupNormLayer: Layer {
  /// Groups of channels, a divisor of the input's.
  package var groups: Int

  package init(groups: Int) { self.groups = groups }

  package static let kind = "groupNorm"
  package static let about = "Normalisation over groups of channels of each sample."

  package static func keys(_ section: Section, _ value: GroupNormLayer?) -> GroupNormLayer {
    GroupNormLayer(
      groups: section.required(
        "groups", value?.groups, .integer(1...Limit.side), "Groups of channels, a divisor of the input's channels."))
  }

  package static var hasScale: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    try input.requireImage(path: context.path)
    let channels = input.shape.channels
    guard channels.isMultiple(of: groups) else {
      throw ModelError(
        path: context.path + ".groups",
        message: "found \(groups), but the input has \(channels) channels; allowed: a divisor of \(channels)")
    }
    let output = network.output(like: input, mayOverwrite: true)
    let scale = network.channelTensor(context.name + ".weight", of: input, initial: context.startsAtZero ? 0 : 1)
    let shift = network.channelTensor(context.name + ".bias", of: input, initial: 0)
    let statistics = network.microbatch * groups
    network.append(
      GroupNormOperation(
        label: "\(Self.kind), groups \(groups)", groups: groups, shape: input.shape, input: input, output: output,
        scale: scale, shift: shift, savedMean: network.storage(statistics),
        savedInverseDeviation: network.storage(statistics)))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.groupNorm(groups: groups, epsilon: GroupNormalization.epsilon), named: context.name)
  }
}

extension LayerConfiguration {
  /// Normalisation over groups of channels of each sample.
  public static func groupNorm(groups: Int) -> LayerConfiguration { LayerConfiguration(GroupNormLayer(groups: groups)) }
}

/// Normalises each group of channels of each sample; a layer norm is one group of features.
struct GroupNormOperation: Operation {
  let label: String
  let groups: Int
  /// A sample as the kernel sees it: pixels of channels that have a scale each.
  let shape: FeatureShape
  let input: Activation
  let output: Activation
  let scale: Range<Int>
  let shift: Range<Int>
  /// Storages of each group's mean and 1/√(σ² + ε), [n, groups] each.
  let savedMean: Int
  let savedInverseDeviation: Int

  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var parameters: [Range<Int>] { [scale, shift] }
  var forwardUses: [Int] { [input.storage, output.storage, savedMean, savedInverseDeviation] }
  var backwardUses: [Int] {
    [input.storage, savedMean, savedInverseDeviation] + [input.gradient, output.gradient].compactMap { $0 }
  }

  func forward(_ pass: Pass) {
    GroupNormalization.forward(
      pass.elements(input.storage, input.shape), shape: kernelShape(pass), scale: pass.weights[scale],
      shift: pass.weights[shift], into: pass.elements(output.storage, output.shape), mean: statistics(savedMean, pass),
      inverseDeviation: statistics(savedInverseDeviation, pass))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.elements(outputGradient, output.shape)
    // Without a reader of the input's gradient, it overwrites dy.
    GroupNormalization.backward(
      input: pass.elements(input.storage, input.shape), outputGradient: dy, shape: kernelShape(pass),
      scale: pass.weights[scale], mean: statistics(savedMean, pass),
      inverseDeviation: statistics(savedInverseDeviation, pass),
      into: input.gradient.map { pass.elements($0, input.shape) } ?? dy, scaleGradient: pass.gradient(at: scale),
      shiftGradient: pass.gradient(at: shift), accumulating: pass.isAccumulating)
  }

  private func kernelShape(_ pass: Pass) -> GroupNormalization.Shape {
    GroupNormalization.Shape(batch: pass.count, pixels: shape.pixels, channels: shape.channels, groups: groups)
  }

  /// The groups' numbers of this microbatch.
  private func statistics(_ storage: Int, _ pass: Pass) -> Floats {
    pass.floats(storage).prefix(pass.count * groups)
  }
}
