import Kernels
import Keys

/// body(x) + shortcut(x).
package struct ResidualLayer: Layer {
  package var body: [LayerConfiguration]
  /// None is the identity.
  package var shortcut: [LayerConfiguration]

  package init(body: [LayerConfiguration], shortcut: [LayerConfiguration] = []) {
    self.body = body
    self.shortcut = shortcut
  }

  package static let kind = "residual"
  package static let about = "body(x) + shortcut(x)."

  package static func keys(_ section: Section, _ value: ResidualLayer?) -> ResidualLayer {
    ResidualLayer(
      body: section.required("body", value?.body, .layers(atLeast: 1), "The layers of the block."),
      shortcut: section.key(
        "shortcut", value?.shortcut, .layers(atLeast: 0), default: [], "The layers beside it; none is the identity."))
  }

  package var takesReLU: Bool { true }
  package var inner: [LayerConfiguration] { body + shortcut }
  package var hasScaledResidual: Bool {
    body.last.map { type(of: $0.layer).hasScale } == true || inner.contains { $0.layer.hasScaledResidual }
  }
  package var withoutRandomness: ResidualLayer {
    ResidualLayer(body: body.map(\.withoutRandomness), shortcut: shortcut.map(\.withoutRandomness))
  }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    var bodyInput = input
    var shortcutInput = input
    bodyInput.mayOverwrite = false
    shortcutInput.mayOverwrite = false
    let fork = network.operations.count
    if input.gradient != nil {
      let gradient = network.storage(network.microbatch * input.shape.count)
      shortcutInput.gradient = gradient
      network.append(ForkOperation(input: input, shortcutGradient: gradient))
    }
    let (body, shortcut) = branches(at: context)
    let bodyOutput = try network.append(body, to: bodyInput)
    let bodyEnd = network.operations.count - 1
    let shortcutOutput = try network.append(shortcut, to: shortcutInput)
    try Self.requireAgreement(bodyOutput, shortcutOutput, path: context.path)
    var output = bodyOutput
    output.mayOverwrite = !context.relu
    if let sum = Self.sum(network.operations, at: bodyEnd, bodyOutput, shortcutOutput, output, relu: context.relu) {
      network.removeOperation(at: bodyEnd)
      network.append(sum)
      // The operation leaves the gradient of the sum as it is, for the shortcut too: no copy.
      if let own = output.gradient, let other = shortcutOutput.gradient { network.unite(other, with: own) }
    } else {
      if !bodyOutput.mayOverwrite { output.storage = network.storage(network.microbatch * output.shape.count) }
      if output.gradient == nil && shortcutOutput.gradient != nil {
        output.gradient = network.storage(network.microbatch * output.shape.count)
      }
      network.append(JoinOperation(body: bodyOutput, shortcut: shortcutOutput, output: output, relu: context.relu))
    }
    Self.addGradients(in: &network, fork: fork, input, shortcutInput)
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    let (body, shortcut) = branches(at: context)
    try graph.appendSum(of: [body, shortcut], named: context.name)
  }

  /// The layers of both branches, where they stand in the config and in the network.
  private func branches(at context: LayerContext) -> (body: LayerList, shortcut: LayerList) {
    (
      .branch("body", body, of: context, isResidualBody: true),
      .branch("shortcut", shortcut, of: context)
    )
  }

  private static func requireAgreement(
    _ body: Activation, _ shortcut: Activation, path: String
  ) throws(ModelError) {
    guard body.shape == shortcut.shape else {
      throw ModelError(
        path: path,
        message: "the body gives \(body.shape), the shortcut \(shortcut.shape); both must agree: "
          + "give the shortcut a conv2d or downsample with the body's channels and stride")
    }
    guard body.flattened == shortcut.flattened else {
      throw ModelError(
        path: path,
        message: "the body and the shortcut hold their \(body.shape) numbers in different orders, one of them as "
          + "a flattened image; put a dense layer between the flatten and the block")
    }
  }

  /// The operation at the end of the body, if it can add the shortcut itself.
  private static func sum(
    _ operations: [any Operation], at bodyEnd: Int, _ body: Activation, _ shortcut: Activation, _ output: Activation,
    relu: Bool
  ) -> (any Operation)? {
    guard operations.indices.contains(bodyEnd), let last = operations[bodyEnd] as? any AddingOperation,
      last.output.storage == body.storage, last.output.shape == body.shape
    else { return nil }
    var addend = shortcut
    if let own = output.gradient, shortcut.gradient != nil { addend.gradient = own }
    return last.adding(addend, into: output, relu: relu)
  }

  /// Where the body begins with an operation that can add its input's gradient to the shortcut's, no fork has to;
  /// unless it does so for a block inside already.
  private static func addGradients(
    in network: inout NetworkBuilder, fork: Int, _ input: Activation, _ shortcutInput: Activation
  ) {
    guard let gradient = input.gradient, let other = shortcutInput.gradient,
      var first = network.operations[fork + 1] as? any GradientAddingOperation, first.input.gradient == gradient,
      !first.addsInputGradient
    else { return }
    first.addsInputGradient = true
    network.operations[fork + 1] = first
    network.removeOperation(at: fork)
    network.unite(gradient, with: other)
  }
}

extension LayerConfiguration {
  /// body(x) + shortcut(x); an empty shortcut is the identity.
  public static func residual(body: [LayerConfiguration], shortcut: [LayerConfiguration]) -> LayerConfiguration {
    LayerConfiguration(ResidualLayer(body: body, shortcut: shortcut))
  }
}

/// Where a residual block begins: both branches read the same value, and their gradients add up.
private struct ForkOperation: Operation {
  let input: Activation
  /// Storage of the shortcut's gradient; the body's is the input's own.
  let shortcutGradient: Int

  var label: String { "fork" }
  var outputShape: FeatureShape { input.shape }
  var forwardUses: [Int] { [input.storage] }
  var backwardUses: [Int] { [shortcutGradient] + [input.gradient].compactMap { $0 } }

  func forward(_ pass: Pass) {}

  func backward(_ pass: Pass) {
    guard let inputGradient = input.gradient else { return }
    Elementwise.add(
      into: pass.elements(inputGradient, input.shape), pass.elements(shortcutGradient, input.shape))
  }
}

/// Where a residual block ends: body + shortcut, over the body's value where that may be overwritten, with the ReLU
/// that follows, if one does, in the same pass.
private struct JoinOperation: Operation {
  let body: Activation
  let shortcut: Activation
  let output: Activation
  let relu: Bool

  var label: String { "add shortcut" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var forwardUses: [Int] { [body.storage, shortcut.storage, output.storage] }
  var backwardUses: [Int] {
    (relu ? [output.storage] : []) + [body.gradient, shortcut.gradient, output.gradient].compactMap { $0 }
  }

  func forward(_ pass: Pass) {
    let y = pass.elements(output.storage, output.shape)
    if output.storage != body.storage { y.copy(from: pass.elements(body.storage, body.shape)) }
    Elementwise.add(into: y, pass.elements(shortcut.storage, shortcut.shape), relu: relu)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.elements(outputGradient, output.shape)
    if relu { Elementwise.reluBackward(gradient: dy, output: pass.elements(output.storage, output.shape)) }
    if let gradient = body.gradient, gradient != outputGradient {
      pass.elements(gradient, output.shape).copy(from: dy)
    }
    if let gradient = shortcut.gradient, gradient != outputGradient {
      pass.elements(gradient, output.shape).copy(from: dy)
    }
  }
}
