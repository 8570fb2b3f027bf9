import Kernels
import Keys

/// Batch normalisation: y = γ·(x − μ)/√(σ² + ε) + β per channel, μ and σ² over the microbatch (Ioffe & Szegedy 2015).
package struct BatchNormLayer: Layer {
  /// ε, added to the variance.
  package var epsilon: Double
  /// The share by which running statistics move towards a batch's own, PyTorch's convention.
  package var momentum: Double
  /// Whether γ is trained; else it stays at 1.
  package var scale: Bool

  package init(
    epsilon: Double = Self.standardEpsilon, momentum: Double = RunningStatistics.momentum, scale: Bool = true
  ) {
    self.epsilon = epsilon
    self.momentum = momentum
    self.scale = scale
  }

  /// PyTorch's.
  package static let standardEpsilon = 1e-5

  package static let kind = "batchNorm"
  package static let about = "Batch normalisation over the microbatch."

  package static func keys(_ section: Section, _ value: BatchNormLayer?) -> BatchNormLayer {
    BatchNormLayer(
      epsilon: section.key(
        "epsilon", value?.epsilon, .number(.above(0, through: 1)), default: standardEpsilon, "Added to the variance."),
      momentum: section.key(
        "momentum", value?.momentum, .number(.above(0, through: 1)), default: RunningStatistics.momentum,
        "The share of a batch's own statistics in the running ones: new = (1 − momentum)·old + momentum·batch."),
      scale: section.key(
        "scale", value?.scale, .flag, default: true,
        "Whether the scale γ is trained; else it stays at 1, and files have it as a tensor all the same."))
  }

  package static var hasScale: Bool { true }
  package var takesReLU: Bool { true }
  package var takesGELU: Bool { true }
  package var isConvolutional: Bool { true }
  package var normalizesMicrobatch: Bool { true }

  package func append(
    to network: inout NetworkBuilder, input: Activation, at context: LayerContext
  ) throws(ModelError) -> Activation {
    let output = network.output(like: input, mayOverwrite: !context.relu)
    // A γ that is not trained would never leave 0.
    let scale = network.channelTensor(
      context.name + ".weight", of: input, initial: context.startsAtZero && self.scale ? 0 : 1, isFixed: !self.scale)
    let shift = network.channelTensor(context.name + ".bias", of: input, initial: 0)
    let running = network.runningStatistics(context.name, of: input, momentum: momentum)
    network.append(
      BatchNormOperation(
        epsilon: Float(epsilon), input: input, output: output, scale: scale, shift: shift, running: running,
        activation: context.relu ? .relu : context.gelu.map { .gelu($0.kernelForm) } ?? .none,
        savedMean: network.storage(input.shape.channels),
        savedInverseDeviation: network.storage(input.shape.channels)))
    return output
  }

  package func describe(in graph: inout NetworkGraph, at context: LayerContext) throws(ModelError) {
    graph.append(
      .batchNorm(epsilon: Float(epsilon), momentum: momentum), named: context.name)
  }
}

extension LayerConfiguration {
  /// Batch normalisation over the microbatch.
  public static let batchNorm = LayerConfiguration(BatchNormLayer())

  /// Batch normalisation over the microbatch with an ε and a momentum of its own.
  ///
  /// - Parameters:
  ///   - epsilon: added to the variance, above 0.
  ///   - momentum: the share of a batch's own statistics in the running ones, above 0, at most 1.
  ///   - scale: whether γ is trained; else it stays at 1.
  public static func batchNorm(epsilon: Double, momentum: Double = 0.1, scale: Bool = true) -> LayerConfiguration {
    LayerConfiguration(BatchNormLayer(epsilon: epsilon, momentum: momentum, scale: scale))
  }
}

/// y = γ·(x − μ)/√(σ² + ε) + β per channel; where it ends the body of a residual block, plus the shortcut; with the ReLU
/// or GELU that follows, if one does, in the same pass.
///
/// In training μ and σ² are those of the microbatch (Goyal et al. 2017, §3.1). Each microbatch of b samples adds its mean
/// and its unbiased variance, times b ÷ n, to the shard's statistics, beside its gradient: they are averaged over the
/// step in the same fixed order.
private struct BatchNormOperation: AddingOperation {
  let epsilon: Float
  let input: Activation
  var output: Activation
  let scale: Range<Int>
  let shift: Range<Int>
  let running: RunningStatistics
  var activation: BatchNormalization.Activation
  /// Storages of the microbatch's mean and 1/√(σ² + ε), [channels] each.
  let savedMean: Int
  let savedInverseDeviation: Int
  /// What is added to the normalised value. The gradient of the output becomes that of the sum, and the shortcut's.
  var shortcut: Activation?

  var label: String {
    let following =
      switch activation {
      case .none: ""
      case .relu: " + relu"
      case .gelu(.exact): " + gelu"
      case .gelu(.tanh): " + gelu, tanh"
      }
    return "batchNorm" + (shortcut == nil ? "" : " + shortcut") + following
  }
  var outputShape: FeatureShape { output.shape }
  var result: Activation? { output }
  var parameters: [Range<Int>] { [scale, shift] }
  var forwardUses: [Int] {
    [input.storage, output.storage, savedMean, savedInverseDeviation] + (shortcut.map { [$0.storage] } ?? [])
  }
  var backwardUses: [Int] {
    [input.storage, savedMean, savedInverseDeviation] + (activation == .relu && shortcut != nil ? [output.storage] : [])
      + [input.gradient, output.gradient, shortcut?.gradient].compactMap { $0 }
  }

  func forward(_ pass: Pass) {
    let x = pass.pixels(input.storage, input.shape)
    let y = pass.pixels(output.storage, output.shape)
    let addend = shortcut.map { pass.pixels($0.storage, output.shape) }
    let (scale, shift) = (pass.weights[scale], pass.weights[shift])
    guard pass.mode != .evaluation else {
      BatchNormalization.evaluate(
        x, epsilon: epsilon, scale: scale, shift: shift, runningMean: pass.runningStatistics[running.means],
        runningVariance: pass.runningStatistics[running.variances], adding: addend, into: y, activation: activation)
      return
    }
    let statistics = (mean: pass.statistics[running.means], variance: pass.statistics[running.variances])
    BatchNormalization.forward(
      x, epsilon: epsilon, scale: scale, shift: shift, adding: addend, into: y, activation: activation,
      mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation), statistics: statistics,
      weight: pass.statisticsWeight,
      accumulating: pass.isAccumulating)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = output.gradient else { return }
    let dy = pass.pixels(outputGradient, output.shape)
    // Without a reader of the input's gradient, it overwrites dy.
    let dx = input.gradient.map { pass.pixels($0, input.shape) } ?? dy
    let behind: BatchNormalization.BackwardActivation =
      switch activation {
      case .none: .none
      case .relu where shortcut != nil: .reluOfSum(pass.pixels(output.storage, output.shape))
      case .relu: .relu(shift: pass.weights[shift])
      case .gelu(let form): .gelu(form, shift: pass.weights[shift])
      }
    BatchNormalization.backward(
      input: pass.pixels(input.storage, input.shape), outputGradient: dy, activation: behind,
      scale: pass.weights[scale], mean: pass.floats(savedMean), inverseDeviation: pass.floats(savedInverseDeviation),
      into: dx, scaleGradient: pass.gradient(at: scale), shiftGradient: pass.gradient(at: shift),
      accumulating: pass.isAccumulating)
    if let gradient = shortcut?.gradient, gradient != outputGradient {
      pass.pixels(gradient, output.shape).storage.copy(from: dy.storage)
    }
  }

  func adding(_ addend: Activation, into output: Activation, relu: Bool) -> (any Operation)? {
    // Without a gradient of the input, that of the output is overwritten.
    guard activation == .none, shortcut == nil, input.gradient != nil else { return nil }
    var sum = self
    sum.shortcut = addend
    sum.output = output
    sum.activation = relu ? .relu : .none
    return sum
  }
}
