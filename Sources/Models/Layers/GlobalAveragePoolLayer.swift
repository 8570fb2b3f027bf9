import Kernels
import Keys

/// The mean of each channel over the whole image.
package struct GlobalAveragePoolLayer: Layer {
  package init() {}

  package static let kind = "globalAveragePool"
  package static let about = "The mean of each channel over the whole image."

  package static func keys(_ section: Section, _ value: GlobalAveragePoolLayer?) -> GlobalAveragePoolLayer {
    GlobalAveragePoolLayer()
  }

  package var isConvolutional: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    try input.requireImage(path: context.path)
    let output = network.output(behind: input, FeatureShape(features: input.shape.channels))
    network.append(GlobalAveragePoolOperation(input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.globalAveragePool, named: context.name)
  }
}

extension LayerConfiguration {
  /// The mean of each channel over the whole image.
  public static let globalAveragePool = LayerConfiguration(GlobalAveragePoolLayer())
}

private struct GlobalAveragePoolOperation: Operation {
  let input: Activation
  let output: Activation

  var label: String { "globalAveragePool" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Pooling.globalAverageForward(
      pass.elements(input.storage, input.shape), batch: pass.count, pixels: input.shape.pixels,
      channels: input.shape.channels, into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    Pooling.globalAverageBackward(
      outputGradient: pass.elements(outputGradient, output.shape), batch: pass.count, pixels: input.shape.pixels,
      channels: input.shape.channels, into: pass.elements(inputGradient, input.shape))
  }
}
