import Kernels
import Keys

/// Training only: zeroes a share `rate` of the values at random, and scales the rest by 1 ÷ (1 − rate).
package struct DropoutLayer: Layer {
  /// In 0..<1.
  package var rate: Double

  package init(rate: Double = 0.5) { self.rate = rate }

  package static let kind = "dropout"
  package static let about = "Zeroes a share of the values at random, in training only."

  package static func keys(_ section: Section, _ value: DropoutLayer?) -> DropoutLayer {
    DropoutLayer(
      rate: section.key(
        "rate", value?.rate, .number(.from(0, below: 1)), default: 0.5, "The share that becomes zero."))
  }

  /// A dropout that drops nothing.
  package var withoutRandomness: DropoutLayer { DropoutLayer(rate: 0) }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(over: input, mayOverwrite: true)
    network.append(
      DropoutOperation(rate: Float(rate), ordinal: network.nextRandomLayer(), input: input, output: output))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.dropout(rate: rate), named: context.name)
  }
}

extension LayerConfiguration {
  /// Training only: zeroes a share `rate` of the values, scales the rest by 1 ÷ (1 − rate).
  public static func dropout(rate: Double) -> LayerConfiguration { LayerConfiguration(DropoutLayer(rate: rate)) }
}

/// Zeroes a share of the values in training, the same ones forward and backward: the mask is a pure function of the
/// seed, the step, the sample's position in the batch and the element, so nothing is stored and no thread count shows.
private struct DropoutOperation: Operation {
  let rate: Float
  /// Tells the dropouts of a network apart.
  let ordinal: Int
  let input: Activation
  let output: Activation

  var label: String { "dropout \(rate)" }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    if output.storage != input.storage { y.copy(from: pass.elements(input.storage, input.shape)) }
    mask(y, pass)
  }

  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    let dx = pass.elements(inputGradient, input.shape)
    if inputGradient != outputGradient { dx.copy(from: pass.elements(outputGradient, output.shape)) }
    mask(dx, pass)
  }

  private func mask(_ values: Floats, _ pass: Pass) {
    guard let generator = pass.dropout else { return }
    Elementwise.dropout(
      Matrix(values, rows: pass.count, columns: output.shape.count), rate: rate, generator: generator,
      step: pass.step, firstSample: pass.firstSample, layer: ordinal)
  }
}
