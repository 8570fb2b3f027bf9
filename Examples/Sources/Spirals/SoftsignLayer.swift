import Isotherm

/// y = x ÷ (1 + β|x|), which stays between −1/β and 1/β: a layer of this program's own.
struct SoftsignLayer: Layer {
  /// β.
  var steepness = 1.0

  static let kind = "softsign"
  static let about = "x ÷ (1 + β|x|)."

  static func keys(_ section: Section, _ value: SoftsignLayer?) -> SoftsignLayer {
    SoftsignLayer(
      steepness: section.key(
        "steepness", value?.steepness, .number(.from(0, through: 100)), default: 1, "β; 0 leaves numbers as they are."))
  }

  func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(behind: input)
    network.append(SoftsignOperation(steepness: Float(steepness), input: input, output: output))
    return output
  }
}

/// The layer's work. The gradient is computed from the input, so the input stays until then.
private struct SoftsignOperation: Operation {
  let steepness: Float
  let input: Activation
  let output: Activation

  var label: String { "softsign \(steepness)" }
  var outputShape: FeatureShape { output.shape }
  /// Where `replay`, and the search for a number that is not finite, see what the layer gives.
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.storage] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    let x = pass.elements(input.storage, input.shape)
    let y = pass.elements(output.storage, output.shape)
    for index in x.indices { y[index] = x[index] / (1 + steepness * abs(x[index])) }
  }

  /// dx = dy ÷ (1 + β|x|)².
  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    let x = pass.elements(input.storage, input.shape)
    let dy = pass.elements(outputGradient, output.shape)
    let dx = pass.elements(inputGradient, input.shape)
    for index in x.indices {
      let divisor = 1 + steepness * abs(x[index])
      dx[index] = dy[index] / (divisor * divisor)
    }
  }
}
