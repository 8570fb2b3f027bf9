import Kernels

/// The update rule of a run: what one step does to the weights, given their averaged gradient.
///
/// With g the gradient of the batch's mean loss (clipped, where asked for), λ the weight decay and η the step's rate:
/// - SGD: u ← m·u + g + λw; w ← w − η·u, or with Nesterov w ← w − η·(g + λw + m·u). This is form 9 of Goyal et
///   al. 2017, remark 2: η is outside u, so a changing η needs no momentum correction. λw never passes through the
///   loss (remark 1).
/// - LARS: as SGD with r·(g + λw) in place of g + λw, where r = trust·‖w‖ ÷ (‖g‖ + λ‖w‖) for the whole tensor and
///   r = 1 if a norm is 0 (You et al. 2017). At a constant η it equals the paper's v ← m·v + η·r·(g + λw); w ← w − v.
/// - Adam: g + λw in place of g, then as AdamW without decay (Kingma & Ba 2015).
/// - AdamW: w ← w − η·λ·w; a ← β1·a + (1 − β1)·g; v ← β2·v + (1 − β2)·g²;
///   w ← w − η·(a ÷ (1 − β1ᵗ)) ÷ (√(v ÷ (1 − β2ᵗ)) + ε) with t = step + 1 (Loshchilov & Hutter 2019).
///
/// Tensors that do not decay (biases, batch norm's γ and β) have λ = 0 and, under LARS, r = 1.
///
/// All is elementwise but the norms, so any split of a tensor into chunks gives the same bits.
public struct ParameterUpdate: Sendable, Equatable {
  /// Names of the state vectors, each as long as the parameters and zero before the first step, in the order of
  /// ``OptimizerState``: `momentum`, or `adam.firstMoment` and `adam.secondMoment`; none for SGD without momentum.
  public let stateNames: [String]
  /// Whether ``apply(to:gradient:state:step:learningRate:decays:norms:globalGradientNorm:)`` wants the norms of each
  /// tensor that decays (LARS).
  public let needsTensorNorms: Bool
  /// Whether it wants the norm of the whole gradient (clipping).
  public let needsGlobalNorm: Bool

  let rule: Rule
  let weightDecay: Double
  let clipNorm: Double?

  enum Rule: Sendable, Equatable {
    case sgd(momentum: Double, nesterov: Bool)
    case lars(momentum: Double, trust: Double)
    case adam(beta1: Double, beta2: Double, epsilon: Double, decoupled: Bool)
  }

  /// Whether the gradient's norms must be known before any weight changes: a pass of its own over the gradient.
  public var needsNorms: Bool { needsTensorNorms || needsGlobalNorm }

  /// The rule for a batch size. The sizes matter only to Adam's `scaleWithBatch`, see ``AdamScaling``.
  public init(_ configuration: OptimizerConfiguration, batch: Int, referenceBatch: Int) {
    precondition(batch >= 1 && referenceBatch >= 1, "an update for batch \(batch) of \(referenceBatch)")
    func adam(_ keys: AdamConfiguration, decoupled: Bool) -> Rule {
      let ratio = keys.scaleWithBatch ? Double(batch) / Double(referenceBatch) : 1
      let scaled = AdamScaling(keys, batchRatio: ratio)
      return .adam(beta1: scaled.beta1, beta2: scaled.beta2, epsilon: scaled.epsilon, decoupled: decoupled)
    }
    switch configuration.method {
    case .sgd(let momentum, let nesterov):
      rule = .sgd(momentum: momentum, nesterov: nesterov)
      stateNames = momentum == 0 ? [] : ["momentum"]
      needsTensorNorms = false
    case .lars(let momentum, let trust):
      rule = .lars(momentum: momentum, trust: trust)
      stateNames = momentum == 0 ? [] : ["momentum"]
      needsTensorNorms = true
    case .adam(let keys):
      rule = adam(keys, decoupled: false)
      stateNames = ["adam.firstMoment", "adam.secondMoment"]
      needsTensorNorms = false
    case .adamW(let keys):
      rule = adam(keys, decoupled: true)
      stateNames = ["adam.firstMoment", "adam.secondMoment"]
      needsTensorNorms = false
    }
    weightDecay = configuration.weightDecay
    clipNorm = configuration.clipNorm
    needsGlobalNorm = configuration.clipNorm != nil
  }

  /// Updates one chunk of one tensor, and its state, in place. Allocates nothing.
  ///
  /// - Parameters:
  ///   - weights: the chunk of the parameters.
  ///   - gradient: the same chunk of the averaged gradient, not clipped.
  ///   - state: the same chunk of the state vectors, as many as ``stateNames`` has.
  ///   - step: the step's number in the run, counted from 0.
  ///   - learningRate: η of the step.
  ///   - decays: whether the tensor has weight decay; biases and batch norm have not.
  ///   - norms: norms of the whole tensor before the step; needed where ``needsTensorNorms`` and `decays` are true.
  ///   - globalGradientNorm: norm of the averaged gradient of all tensors; needed where ``needsGlobalNorm`` is true.
  public func apply(
    to weights: Floats, gradient: Floats, state: OptimizerState, step: Int, learningRate: Double, decays: Bool,
    norms: TensorNorms? = nil, globalGradientNorm: Double? = nil
  ) {
    precondition(
      gradient.count == weights.count, "a gradient of \(gradient.count) elements for \(weights.count) weights")
    let clip = clipScale(globalGradientNorm: globalGradientNorm)
    let decay = decays ? weightDecay : 0
    switch rule {
    case .sgd(let momentum, let nesterov):
      descend(
        weights, gradient, state, learningRate: learningRate, momentum: momentum, nesterov: nesterov,
        gradientScale: clip, weightDecay: decay)
    case .lars(let momentum, let trust):
      let local = decays ? localRate(trust: trust, norms: norms, clip: clip) : 1
      descend(
        weights, gradient, state, learningRate: learningRate, momentum: momentum, nesterov: false,
        gradientScale: clip * local, weightDecay: decay * local)
    case .adam(let beta1, let beta2, let epsilon, let decoupled):
      guard let first = state.first, let second = state.second else {
        preconditionFailure("an Adam step needs both moments")
      }
      UpdateRule.adam(
        weights: weights, gradient: gradient, firstMoment: first, secondMoment: second, step: step + 1,
        rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: decay, decoupled: decoupled,
        gradientScale: Float(clip))
    }
  }

  /// What the gradient is multiplied by so that its norm is at most `clipNorm`: min(1, clipNorm ÷ ‖g‖).
  ///
  /// 1 where nothing is clipped. A norm that is not finite gives weights that are not, which the run sees as divergence.
  public func clipScale(globalGradientNorm: Double?) -> Double {
    guard let clipNorm else { return 1 }
    guard let norm = globalGradientNorm else { preconditionFailure("clipping needs the gradient's norm") }
    return norm > clipNorm ? clipNorm / norm : 1
  }

  /// r = trust·‖w‖ ÷ (‖g‖ + λ‖w‖) with the clipped gradient; 1 if a norm is 0.
  func localRate(trust: Double, norms: TensorNorms?, clip: Double) -> Double {
    guard let norms else { preconditionFailure("LARS needs the norms of a tensor that decays") }
    let gradient = norms.gradient * clip
    guard norms.weight > 0 && gradient > 0 else { return 1 }
    return trust * norms.weight / (gradient + weightDecay * norms.weight)
  }

  private func descend(
    _ weights: Floats, _ gradient: Floats, _ state: OptimizerState, learningRate: Double, momentum: Double,
    nesterov: Bool, gradientScale: Double, weightDecay: Double
  ) {
    UpdateRule.sgd(
      weights: weights, gradient: gradient, momentumBuffer: state.first, rate: Float(learningRate),
      momentum: Float(momentum), weightDecay: Float(weightDecay), nesterov: nesterov,
      gradientScale: Float(gradientScale))
  }
}
