import Kernels

/// max(x, 0), over its input where that may be overwritten. Behind a dense layer, a convolution or batch norm it is part of
/// that operation instead.
struct ReLUOperation: Operation {
  let input: Value
  let output: Value

  var label: String { "relu" }
  var outputShape: FeatureShape { output.shape }
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

/// Zeroes a share of the values in training, the same ones forward and backward: the mask is a pure function of the
/// seed, the step, the sample's position in the batch and the element, so nothing is stored and no thread count shows.
struct DropoutOperation: Operation {
  let rate: Float
  /// Tells the dropouts of a network apart.
  let ordinal: Int
  let input: Value
  let output: Value

  var label: String { "dropout \(rate)" }
  var outputShape: FeatureShape { output.shape }
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

/// Where a residual block begins: both branches read the same value, and their gradients add up.
struct ForkOperation: Operation {
  let input: Value
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
struct JoinOperation: Operation {
  let body: Value
  let shortcut: Value
  let output: Value
  let relu: Bool

  var label: String { "add shortcut" + (relu ? " + relu" : "") }
  var outputShape: FeatureShape { output.shape }
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
