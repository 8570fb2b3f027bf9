import Keys

/// SGD with r·(g + λw) in place of g + λw, where r = trust·‖w‖ ÷ (‖g‖ + λ‖w‖) for the whole tensor and r = 1 if a norm is 0
/// (You et al. 2017).
///
/// At a constant η it equals the paper's v ← m·v + η·r·(g + λw); w ← w − v. Tensors that do not decay have r = 1.
package struct LARS: Rule {
  /// m, from 0 below 1.
  package var momentum: Double
  /// How far a tensor may move in one step, relative to its norm.
  package var trust: Double

  package static let name = "lars"
  package static let about = "SGD with a rate for each tensor, for very large batches (You et al. 2017)."

  package static func keys(_ section: Section, _ value: LARS?) -> LARS {
    LARS(
      momentum: Momentum.key(section, value?.momentum),
      trust: section.key(
        "trust", value?.trust, .number(.above(0)), default: 0.001,
        "How far a tensor may move in one step, relative to its norm."))
  }

  package var title: String { "LARS" }
  package var summary: String { "lars, momentum \(momentum), trust \(trust)" }
  package var rateExponent: Double { 0.5 }

  package var stateNames: [String] { Momentum.stateNames(momentum) }
  package var measures: Measured { .gradient }

  package func apply(_ chunk: RuleChunk) {
    let ratio = TrustRatio(trust: trust).of(chunk, weightDecay: chunk.weightDecay)
    Momentum.descend(
      chunk, momentum: momentum, nesterov: false, gradientScale: chunk.gradientScale * ratio,
      weightDecay: chunk.weightDecay * ratio)
  }
}

extension OptimizerMethod {
  /// SGD with a rate per tensor, scaled by `trust` · ‖w‖ ÷ (‖g‖ + λ‖w‖) (You et al. 2017).
  public static func lars(momentum: Double, trust: Double) -> OptimizerMethod {
    OptimizerMethod(LARS(momentum: momentum, trust: trust))
  }
}
