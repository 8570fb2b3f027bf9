import Kernels
import Keys

/// The momentum of SGD and LARS: its key, its state, and a step along it.
enum Momentum {
  static func key(_ section: Section, _ value: Double?) -> Double {
    section.key(
      "momentum", value, .number(.from(0, below: 1)), default: 0.9, "The share of the last step's direction that stays."
    )
  }

  /// Without momentum there is nothing to remember.
  static func stateNames(_ momentum: Double) -> [String] { momentum == 0 ? [] : ["momentum"] }

  /// With s the gradient's scale: u ← m·u + s·g + λw; w ← w − η·u, or with Nesterov w ← w − η·(s·g + λw + m·u).
  static func descend(
    _ chunk: RuleChunk, momentum: Double, nesterov: Bool, gradientScale: Double, weightDecay: Double
  ) {
    UpdateRule.sgd(
      weights: chunk.weights, gradient: chunk.gradient, momentumBuffer: chunk.state.first,
      rate: Float(chunk.learningRate), momentum: Float(momentum), weightDecay: Float(weightDecay), nesterov: nesterov,
      gradientScale: Float(gradientScale))
  }
}
