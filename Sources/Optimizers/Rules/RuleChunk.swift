import Kernels

/// A chunk of one tensor, with all that a rule may know of its step. All vectors have the same count.
package struct RuleChunk {
  /// The parameters.
  package let weights: Floats
  /// The averaged gradient g, not clipped; behind ``Rule/prepare(_:)``, the direction that it left there.
  package let gradient: Floats
  package let state: OptimizerState
  /// The step's number in the run, counted from 0.
  package let step: Int
  /// η of the step.
  package let learningRate: Double
  /// What the gradient is to be multiplied by, so that it is clipped; 1 for a direction.
  package let gradientScale: Double
  /// λ; 0 for a tensor that does not decay.
  package let weightDecay: Double
  /// Whether the tensor decays, and so has a trust ratio: biases, and normalisation's γ and β, do not.
  package let decays: Bool
  /// Norms of the whole tensor before the step, where the rule measures them and the tensor decays.
  package let norms: TensorNorms?
}
