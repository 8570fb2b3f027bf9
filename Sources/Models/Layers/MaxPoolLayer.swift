import Kernels
import Keys

/// The largest value of each window; no value outside the image counts.
package struct MaxPoolLayer: Layer {
  package var size: Int
  package var stride: Int
  /// Pixels at each side that windows reach beyond the image, at most half of `size`.
  package var padding: Int

  package init(size: Int = 2, stride: Int? = nil, padding: Int = 0) {
    self.size = size
    self.stride = stride ?? size
    self.padding = padding
  }

  package static let kind = "maxPool"
  package static let about = "The largest value of each window."

  package static func keys(_ section: Section, _ value: MaxPoolLayer?) -> MaxPoolLayer {
    let (size, stride) = Window.keys(section, value?.size, value?.stride)
    let padding = section.key(
      "padding", value?.padding, .integer(0...8), default: 0,
      "Pixels at each side that windows reach beyond the image; at most half of the window's size.")
    section.check(
      "padding", with: ["size"], 2 * padding <= size,
      "found \(padding); allowed: at most half of the window's size, \(size / 2)")
    return MaxPoolLayer(size: size, stride: stride, padding: padding)
  }

  package var isConvolutional: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let shape = try Window.pooling(
      input, size: size, stride: stride, padding: padding, in: network, path: context.path)
    let output = network.output(behind: input, FeatureShape(behind: shape))
    let winners = network.storage((network.microbatch * output.shape.count + 3) / 4)
    network.append(MaxPoolOperation(shape: shape, input: input, output: output, winners: winners))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.maxPool(size: size, stride: stride, padding: padding), named: context.name)
  }
}

extension LayerConfiguration {
  /// The largest value of each window; `padding` is at most half of `size`.
  public static func maxPool(size: Int, stride: Int, padding: Int = 0) -> LayerConfiguration {
    LayerConfiguration(MaxPoolLayer(size: size, stride: stride, padding: padding))
  }
}

private struct MaxPoolOperation: Operation {
  let shape: PoolingShape
  let input: Activation
  let output: Activation
  /// Storage of the winners' places in their windows, a byte each.
  let winners: Int

  var label: String { "maxPool \(shape.size)×\(shape.size)" + (shape.padding > 0 ? ", padding \(shape.padding)" : "") }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage, winners] }
  var backwardUses: [Int] { [winners] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    Pooling.maxForward(
      pass.elements(input.storage, input.shape), shape: shape.with(batch: pass.count), into: y,
      choices: pass.floats(winners).bytes(y.count))
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient, let inputGradient = input.gradient else { return }
    let dy = pass.elements(outputGradient, output.shape)
    Pooling.maxBackward(
      outputGradient: dy, choices: pass.floats(winners).bytes(dy.count), shape: shape.with(batch: pass.count),
      into: pass.elements(inputGradient, input.shape))
  }
}
