import Kernels
import Keys

/// Keys of the rules with Adam's two moments, and what these rules share.
public struct AdamConfiguration: Sendable, Equatable {
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  /// Scales β1, β2 and ε with the batch by the square-root rule of Malladi et al. 2022; goes with `scaling: "sqrt"`.
  public var scaleWithBatch: Bool
  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, scaleWithBatch: Bool = false) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.scaleWithBatch = scaleWithBatch
  }
}

extension AdamConfiguration {
  /// Declares the keys, with `standard` for defaults.
  static func keys(
    _ section: Section, _ value: AdamConfiguration?, standard: AdamConfiguration = AdamConfiguration()
  ) -> AdamConfiguration {
    AdamConfiguration(
      beta1: section.key(
        "beta1", value?.beta1, .number(.from(0, below: 1)), default: standard.beta1, "Memory of the mean gradient."),
      beta2: section.key(
        "beta2", value?.beta2, .number(.from(0, below: 1)), default: standard.beta2, "Memory of the mean square."),
      epsilon: section.key(
        "epsilon", value?.epsilon, .number(.above(0)), default: standard.epsilon, "Keeps the divisor above zero."),
      scaleWithBatch: section.key(
        "scaleWithBatch", value?.scaleWithBatch, .flag, default: standard.scaleWithBatch,
        """
        Whether beta1, beta2 and epsilon follow the batch by the square-root rule (Malladi et al. 2022); goes with \
        learningRate.scaling sqrt.
        """))
  }

  /// β becomes 1 − κ(1 − β) at κ times the reference batch (Malladi et al. 2022), which must not fall below 0.
  func checkScaling(in section: Section, batch: Int, referenceBatch: Int) {
    let least = min(beta1, beta2)
    let largest = (Double(referenceBatch) / (1 - least)).rounded(.down)
    section.check(
      "optimizer.scaleWithBatch", with: ["optimizer", "batch.size", "learningRate.referenceBatch"],
      !scaleWithBatch || Double(batch) <= largest,
      """
      found true, but at batch.size \(batch) the square-root rule would make a beta negative; \
      allowed: false, or a batch.size up to \(JSONValue.number(largest).line)
      """)
  }

  /// The constants of a batch `batchRatio` times the reference batch, see ``AdamScaling``; the same where
  /// `scaleWithBatch` is off.
  func scaled(batchRatio: Double) -> AdamConfiguration {
    guard scaleWithBatch else { return self }
    let scaled = AdamScaling(self, batchRatio: batchRatio)
    return AdamConfiguration(
      beta1: scaled.beta1, beta2: scaled.beta2, epsilon: scaled.epsilon, scaleWithBatch: true)
  }

  static var stateNames: [String] { ["adam.firstMoment", "adam.secondMoment"] }

  /// One step of Adam or, `decoupled`, of AdamW.
  func apply(_ chunk: RuleChunk, decoupled: Bool) {
    let (first, second) = chunk.state.moments
    UpdateRule.adam(
      weights: chunk.weights, gradient: chunk.gradient, firstMoment: first, secondMoment: second, step: chunk.step + 1,
      rate: chunk.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, weightDecay: chunk.weightDecay,
      decoupled: decoupled, gradientScale: Float(chunk.gradientScale))
  }
}

extension OptimizerState {
  /// Adam's two moments.
  var moments: (first: Floats, second: Floats) {
    guard let first, let second else { preconditionFailure("an Adam step needs both moments") }
    return (first, second)
  }
}
