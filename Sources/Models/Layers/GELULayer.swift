import Kernels
import Keys

/// x·Φ(x), the Gaussian error linear unit (Hendrycks & Gimpel 2016).
public struct GELULayer: Layer {
  public var form: Form

  /// How the normal distribution Φ is computed.
  public enum Form: String, Sendable, CaseIterable {
    /// By the error function.
    case exact
    /// ½ (1 + tanh(√(2/π) (x + 0.044715x³))).
    case tanh

    var kernelForm: Elementwise.GELUForm { self == .tanh ? .tanh : .exact }
  }

  public init(form: Form = .exact) { self.form = form }

  public static let kind = "gelu"
  public static let about = "x·Φ(x), the Gaussian error linear unit."

  public static func keys(_ section: Section, _ value: GELULayer?) -> GELULayer {
    GELULayer(
      form: section.key(
        "form", value?.form, .word, default: .exact,
        "The normal distribution Φ by the error function (exact), or by its approximation with tanh."))
  }

  public func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    // Not over the input: the backward pass needs it.
    let output = network.output(behind: input)
    network.append(GELUOperation(form: form, input: input, output: output))
    return output
  }

  public func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(.gelu(form), named: context.name)
  }
}

extension LayerConfiguration {
  /// x·Φ(x), the Gaussian error linear unit.
  public static func gelu(form: GELULayer.Form = .exact) -> LayerConfiguration {
    LayerConfiguration(GELULayer(form: form))
  }
}

/// x·Φ(x); backward dy·(Φ(x) + x·φ(x)). Behind a layer that takes it (``Layer/takesGELU``) it is part of that layer's
/// operation instead, and what lies between the two is not kept.
private struct GELUOperation: Operation {
  let form: GELULayer.Form
  let input: Activation
  let output: Activation

  var label: String { "gelu" + (form == .tanh ? ", tanh" : "") }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [input.storage, output.storage] }
  var backwardUses: [Int] { [input.storage] + [input.gradient, output.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {
    Elementwise.gelu(
      pass.elements(input.storage, input.shape), form: form.kernelForm,
      into: pass.elements(output.storage, output.shape))
  }

  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient, let outputGradient = output.gradient else { return }
    Elementwise.geluBackward(
      input: pass.elements(input.storage, input.shape), outputGradient: pass.elements(outputGradient, output.shape),
      form: form.kernelForm, into: pass.elements(inputGradient, input.shape))
  }
}
