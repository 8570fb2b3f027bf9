import Isotherm

/// y = x · σ(βx), with σ(z) = 1 ÷ (1 + exp(−z)) (Ramachandran et al. 2017): a layer of this program's own.
struct SwishLayer: Layer {
  /// β.
  var steepness = 1.0

  static let kind = "swish"
  static let about = "x · σ(βx)."

  static func keys(_ section: Section, _ value: SwishLayer?) -> SwishLayer {
    SwishLayer(
      steepness: section.key(
        "steepness", value?.steepness, .number(.from(0, through: 100)), default: 1, "β; 0 halves every number."))
  }

  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(behind: input)
    network.append(SwishOperation(steepness: Float(steepness), input: input, output: output))
    return output
  }
}

/// The layer's work. The gradient is computed from the input, so the input stays until then.
private struct SwishOperation: Operation {
  let steepness: Float
  let input: Activation
  let output: Activation

  var label: String { "swish \(steepness)" }
  var outputShape: FeatureShape { output.shape }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.storage] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let x = pass.elements(input.storage, input.shape)
    let y = pass.elements(output.storage, output.shape)
    for index in x.indices { y[index] = x[index] * sigmoid(x[index]) }
  }

  /// dx = dy · (σ + βx·σ·(1 − σ)).
  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    let x = pass.elements(input.storage, input.shape)
    let dy = pass.elements(outputGradient, output.shape)
    let dx = pass.elements(inputGradient, input.shape)
    for index in x.indices {
      let s = sigmoid(x[index])
      dx[index] = dy[index] * (s + steepness * x[index] * s * (1 - s))
    }
  }

  private func sigmoid(_ x: Float) -> Float { 1 / (1 + Float.exp(-steepness * x)) }
}
