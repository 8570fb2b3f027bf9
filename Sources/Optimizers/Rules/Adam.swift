import Keys

/// Adam (Kingma & Ba 2015): a ← β1·a + (1 − β1)·(g + λw); v ← β2·v + (1 − β2)·(g + λw)²;
/// w ← w − η·(a ÷ (1 − β1ᵗ)) ÷ (√(v ÷ (1 − β2ᵗ)) + ε) with t = step + 1.
package struct Adam: Rule {
  package var constants: AdamConfiguration

  package static let name = "adam"
  package static let about = "Adam; weight decay joins the gradient."
  package static let defaultRate = 0.001
  package static let defaultScaling = Scaling.sqrt

  package static func keys(_ section: Section, _ value: Adam?) -> Adam {
    Adam(constants: AdamConfiguration.keys(section, value?.constants))
  }

  package func check(in section: Section, batch: Int, referenceBatch: Int) {
    constants.checkScaling(in: section, batch: batch, referenceBatch: referenceBatch)
  }

  package var title: String { "Adam" }
  package var rateExponent: Double { 0.5 }

  package func scaled(batchRatio: Double) -> Adam { Adam(constants: constants.scaled(batchRatio: batchRatio)) }
  package var stateNames: [String] { AdamConfiguration.stateNames }

  package func apply(_ chunk: RuleChunk) {
    constants.apply(chunk, decoupled: false)
  }
}

extension OptimizerMethod {
  /// Adam: weight decay joins the gradient.
  public static func adam(_ constants: AdamConfiguration) -> OptimizerMethod {
    OptimizerMethod(Adam(constants: constants))
  }
}
