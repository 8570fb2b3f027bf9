import Kernels
import Keys

/// max(0, x).
package struct ReLULayer: Layer {
  package init() {}

  package static let kind = "relu"
  package static let about = "max(0, x)."

  package static func keys(_ section: Section, _ value: ReLULayer?) -> ReLULayer { ReLULayer() }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(over: input, mayOverwrite: false)
    network.append(ReLUOperation(input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.relu, named: context.name)
  }
}

extension LayerConfiguration {
  /// max(0, x).
  public static let relu = LayerConfiguration(ReLULayer())
}

/// max(x, 0), over its input where that may be overwritten. Behind a layer that takes it (``Layer/takesReLU``) it is part
/// of that layer's operation instead.
private struct ReLUOperation: Operation {
  let input: Activation
  let output: Activation

  var label: String { "relu" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [output.storage] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    if output.storage != input.storage { y.copy(from: pass.elements(input.storage, input.shape)) }
    Elementwise.relu(y)
  }

  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    let dx = pass.elements(inputGradient, input.shape)
    if inputGradient != outputGradient { dx.copy(from: pass.elements(outputGradient, output.shape)) }
    Elementwise.reluBackward(gradient: dx, output: pass.elements(output.storage, output.shape))
  }
}
