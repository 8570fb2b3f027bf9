import Kernels

/// The update of a run: its rule with the parts that all rules share, for the run's batch.
///
/// A step is one pass over all chunks, or up to three: over the averaged gradient where its norms are wanted
/// (``needsGradientNorms``), over the direction that a rule prepares (``prepares``), and the last, which changes weights.
///
/// All is elementwise but the norms, so any split of a tensor into chunks gives the same bits. Tensors that do not decay
/// (biases, normalisation's γ and β) have λ = 0 and no trust ratio.
package struct ParameterUpdate: Sendable {
  /// Names of the state vectors, each as long as the parameters and zero before the first step, in the order of
  /// ``OptimizerState``: `momentum`, or `adam.firstMoment` and `adam.secondMoment`; none for SGD without momentum.
  package let stateNames: [String]
  /// Whether ``apply(to:gradient:state:step:learningRate:decays:norms:globalGradientNorm:)`` wants the norms of each
  /// tensor that decays (LARS, LAMB).
  package let needsTensorNorms: Bool
  /// Whether the norm of the whole gradient is wanted (clipping).
  package let needsGlobalNorm: Bool
  /// Whether ``prepare(weights:gradient:state:step:decays:globalGradientNorm:)`` comes before (LAMB); the tensors' norms are
  /// then those of what it leaves.
  package let prepares: Bool
  /// What follows the weights, for evaluations.
  package let follower: (any WeightFollower)?

  private let method: OptimizerMethod
  private let decay: WeightDecay
  private let clipping: Clipping?

  /// Whether the gradient's norms must be known before any weight or state changes: a pass of its own over the gradient.
  package var needsGradientNorms: Bool { needsGlobalNorm || needsTensorNorms && !prepares }

  /// Whether anything must be measured before any weight changes, so that the average, or the direction, has to be kept.
  package var needsNorms: Bool { needsTensorNorms || needsGlobalNorm }

  /// Passes over all chunks, each a fork-join: 1, 2, or 3 for a prepared direction of a clipped gradient.
  package var passes: Int { 1 + (needsGradientNorms ? 1 : 0) + (prepares ? 1 : 0) }

  /// The update for a batch size, and a run of so many steps. The sizes matter only to `scaleWithBatch`, see
  /// ``AdamScaling``, the steps to what follows the weights.
  package init(_ configuration: OptimizerConfiguration, batch: Int, referenceBatch: Int, steps: Int = 1) {
    precondition(batch >= 1 && referenceBatch >= 1, "an update for batch \(batch) of \(referenceBatch)")
    let rule: any Rule = configuration.method.rule.scaled(batchRatio: Double(batch) / Double(referenceBatch))
    method = OptimizerMethod(rule)
    stateNames = rule.stateNames
    needsTensorNorms = rule.measures != .nothing
    prepares = rule.measures == .direction
    decay = WeightDecay(factor: configuration.weightDecay)
    clipping = configuration.clipNorm.map { Clipping(norm: $0) }
    needsGlobalNorm = clipping != nil
    follower = configuration.follower?.over(steps: steps)
  }

  /// Puts the direction of one chunk in the place of its gradient, and updates its state; for rules that ``prepares`` says.
  ///
  /// - Parameters:
  ///   - gradient: the chunk of the averaged gradient, not clipped; the direction afterwards.
  ///   - ownDecay: λ of the tensor's group, in the place of the optimizer's.
  ///   - globalGradientNorm: norm of the averaged gradient of all tensors; needed where ``needsGlobalNorm`` is true.
  /// - Returns: Σ u² of the direction, and Σ w² of the weights.
  package func prepare(
    weights: Floats, gradient: Floats, state: OptimizerState, step: Int, decays: Bool, ownDecay: Double? = nil,
    globalGradientNorm: Double? = nil
  ) -> (direction: Double, weights: Double) {
    method.rule.prepare(
      RuleChunk(
        weights: weights, gradient: gradient, state: state, step: step, learningRate: 0,
        gradientScale: clipScale(globalGradientNorm: globalGradientNorm),
        weightDecay: decay.of(decaying: decays, own: ownDecay),
        decays: decays, norms: nil))
  }

  /// Updates one chunk of one tensor, and its state, in place. Allocates nothing.
  ///
  /// - Parameters:
  ///   - weights: the chunk of the parameters.
  ///   - gradient: the same chunk of the averaged gradient, not clipped, or of the prepared direction.
  ///   - state: the same chunk of the state vectors, as many as ``stateNames`` has.
  ///   - step: the step's number in the run, counted from 0.
  ///   - learningRate: η of the step.
  ///   - decays: whether the tensor has weight decay; biases and batch norm have not.
  ///   - ownDecay: λ of the tensor's group, in the place of the optimizer's.
  ///   - norms: norms of the whole tensor before the step; needed where ``needsTensorNorms`` and `decays` are true.
  ///   - globalGradientNorm: norm of the averaged gradient of all tensors; needed where ``needsGlobalNorm`` is true.
  package func apply(
    to weights: Floats, gradient: Floats, state: OptimizerState, step: Int, learningRate: Double, decays: Bool,
    ownDecay: Double? = nil, norms: TensorNorms? = nil, globalGradientNorm: Double? = nil
  ) {
    precondition(
      gradient.count == weights.count, "a gradient of \(gradient.count) elements for \(weights.count) weights")
    method.rule.apply(
      RuleChunk(
        weights: weights, gradient: gradient, state: state, step: step, learningRate: learningRate,
        gradientScale: prepares ? 1 : clipScale(globalGradientNorm: globalGradientNorm),
        weightDecay: decay.of(decaying: decays, own: ownDecay), decays: decays, norms: norms))
  }

  /// What the gradient is multiplied by so that its norm is at most `clipNorm`: min(1, clipNorm ÷ ‖g‖); 1 where nothing is
  /// clipped.
  package func clipScale(globalGradientNorm: Double?) -> Double {
    clipping?.scale(gradientNorm: globalGradientNorm) ?? 1
  }
}
