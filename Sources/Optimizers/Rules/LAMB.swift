import Kernels
import Keys

/// LAMB (You et al. 2020, algorithm 2): u = m̂ ÷ (√v̂ + ε) + λw with Adam's m̂ and v̂; w ← w − η·r·u, where r = ‖w‖ ÷ ‖u‖ for
/// the whole tensor and r = 1 if a norm is 0.
///
/// A tensor so moves by η of its norm, whatever its gradient. Tensors that do not decay have r = 1: for them, this is Adam.
package struct LAMB: Rule {
  package var constants: AdamConfiguration

  package static let name = "lamb"
  package static let about = "Adam with a rate for each tensor, for very large batches (You et al. 2020)."
  package static let defaultRate = 0.001
  package static let defaultScaling = Scaling.sqrt

  package static func keys(_ section: Section, _ value: LAMB?) -> LAMB {
    LAMB(constants: AdamConfiguration.keys(section, value?.constants, standard: AdamConfiguration(epsilon: 1e-6)))
  }

  package func check(in section: Section, batch: Int, referenceBatch: Int) {
    constants.checkScaling(in: section, batch: batch, referenceBatch: referenceBatch)
  }

  package var title: String { "LAMB" }
  package var rateExponent: Double { 0.5 }

  package func scaled(batchRatio: Double) -> LAMB { LAMB(constants: constants.scaled(batchRatio: batchRatio)) }
  package var stateNames: [String] { AdamConfiguration.stateNames }
  package var measures: Measured { .direction }

  package func prepare(_ chunk: RuleChunk) -> (direction: Double, weights: Double) {
    let (first, second) = chunk.state.moments
    return UpdateRule.lambDirection(
      weights: chunk.weights, gradient: chunk.gradient, firstMoment: first, secondMoment: second, step: chunk.step + 1,
      beta1: constants.beta1, beta2: constants.beta2, epsilon: constants.epsilon, weightDecay: chunk.weightDecay,
      gradientScale: Float(chunk.gradientScale), into: chunk.gradient)
  }

  package func apply(_ chunk: RuleChunk) {
    UpdateRule.sgd(
      weights: chunk.weights, gradient: chunk.gradient, momentumBuffer: nil,
      rate: Float(chunk.learningRate * TrustRatio().of(chunk)), momentum: 0, weightDecay: 0, nesterov: false)
  }
}

extension OptimizerMethod {
  /// Adam with a rate per tensor, scaled by ‖w‖ ÷ ‖u‖ of Adam's direction u with weight decay (You et al. 2020).
  public static func lamb(_ constants: AdamConfiguration = AdamConfiguration(epsilon: 1e-6)) -> OptimizerMethod {
    OptimizerMethod(LAMB(constants: constants))
  }
}
