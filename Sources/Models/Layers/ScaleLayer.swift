import Kernels
import Keys

/// y = factor·x: every number times a constant, such as logits that a network begins with too large.
package struct ScaleLayer: Layer {
  package var factor: Double

  package init(factor: Double) { self.factor = factor }

  package static let kind = "scale"
  package static let about = "Multiplies every number by a constant."

  package static func keys(_ section: Section, _ value: ScaleLayer?) -> ScaleLayer {
    ScaleLayer(
      factor: section.required(
        "factor", value?.factor, .number(.above(0, through: 1_000_000)), "What every number is multiplied by."))
  }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(over: input, mayOverwrite: true)
    network.append(ScaleOperation(factor: Float(factor), input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.scale(factor), named: context.name)
  }
}

extension LayerConfiguration {
  /// Every number times `factor`, above 0.
  public static func scale(_ factor: Double) -> LayerConfiguration { LayerConfiguration(ScaleLayer(factor: factor)) }
}

/// y = factor·x, in place where the input may go; backward dx = factor·dy.
private struct ScaleOperation: Operation {
  let factor: Float
  let input: Activation
  let output: Activation

  var label: String { "scale \(factor)" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    if output.storage != input.storage { y.copy(from: pass.elements(input.storage, input.shape)) }
    Elementwise.scale(y, by: factor)
  }

  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    let dx = pass.elements(inputGradient, input.shape)
    if inputGradient != outputGradient { dx.copy(from: pass.elements(outputGradient, output.shape)) }
    Elementwise.scale(dx, by: factor)
  }
}
