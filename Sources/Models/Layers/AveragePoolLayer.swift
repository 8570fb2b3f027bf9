import Kernels
import Keys

/// The mean of each window.
package struct AveragePoolLayer: Layer {
  package var size: Int
  package var stride: Int

  package init(size: Int = 2, stride: Int? = nil) {
    self.size = size
    self.stride = stride ?? size
  }

  package static let kind = "averagePool"
  package static let about = "The mean of each window."

  package static func keys(_ section: Section, _ value: AveragePoolLayer?) -> AveragePoolLayer {
    let (size, stride) = Window.keys(section, value?.size, value?.stride)
    return AveragePoolLayer(size: size, stride: stride)
  }

  package var isConvolutional: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let shape = try Window.pooling(input, size: size, stride: stride, in: network, path: context.path)
    let output = network.output(behind: input, FeatureShape(behind: shape))
    network.append(AveragePoolOperation(shape: shape, input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.averagePool(size: size, stride: stride), named: context.name)
  }
}

extension LayerConfiguration {
  /// The mean of each window.
  public static func averagePool(size: Int, stride: Int) -> LayerConfiguration {
    LayerConfiguration(AveragePoolLayer(size: size, stride: stride))
  }
}

private struct AveragePoolOperation: Operation {
  let shape: PoolingShape
  let input: Activation
  let output: Activation

  var label: String { "averagePool \(shape.size)×\(shape.size)" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Pooling.averageForward(
      pass.elements(input.storage, input.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    Pooling.averageBackward(
      outputGradient: pass.elements(outputGradient, output.shape), shape: shape.with(batch: pass.count),
      into: pass.elements(inputGradient, input.shape))
  }
}
