import Kernels
import Keys

/// Layer normalisation: y = γ·(x − μ)/√(σ² + ε) + β, μ and σ² over all values of a sample, γ and β for each of them
/// (Ba, Kiros & Hinton 2016), as PyTorch's `nn.LayerNorm` over the sample's shape.
package struct LayerNormLayer: Layer {
  package init() {}

  package static let kind = "layerNorm"
  package static let about = "Normalisation over all values of each sample."

  package static func keys(_ section: Section, _ value: LayerNormLayer?) -> LayerNormLayer { LayerNormLayer() }

  package static var hasScale: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(like: input, mayOverwrite: true)
    let scale = tensor(context.name + ".weight", of: input, context.startsAtZero ? 0 : 1, in: &network)
    let shift = tensor(context.name + ".bias", of: input, 0, in: &network)
    // One group of features, each with a scale of its own.
    network.append(
      GroupNormOperation(
        label: Self.kind, groups: 1, shape: FeatureShape(features: input.shape.count), input: input, output: output,
        scale: scale, shift: shift, savedMean: network.storage(network.microbatch),
        savedInverseDeviation: network.storage(network.microbatch)))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    // A tensor of an image of one pixel is a vector in files.
    if graph.output.shape.pixels == 1 { graph.append(.flatten, named: context.name) }
    graph.append(.layerNorm(epsilon: GroupNormalization.epsilon), named: context.name)
  }

  /// A number for each value of a sample: [C, H, W] in files, or [features].
  private func tensor(
    _ name: String, of input: Activation, _ initial: Float, in network: inout NetworkBuilder
  ) -> Range<Int> {
    let shape = input.shape
    return network.tensor(
      name, shape.pixels == 1 ? [shape.channels] : [shape.channels, shape.height, shape.width],
      initial: .constant(initial), layout: FlattenedImageLayout(image: input.flattened ?? shape))
  }
}

extension LayerConfiguration {
  /// Normalisation over all values of each sample.
  public static let layerNorm = LayerConfiguration(LayerNormLayer())
}
