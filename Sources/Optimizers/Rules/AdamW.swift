import Keys

/// Adam with decoupled weight decay (Loshchilov & Hutter 2019): w ← w − η·λ·w, then as ``Adam`` without decay.
package struct AdamW: Rule {
  package var constants: AdamConfiguration

  package static let name = "adamw"
  package static let about = "Adam with decoupled weight decay."
  package static let defaultRate = 0.001
  package static let defaultScaling = Scaling.sqrt

  package static func keys(_ section: Section, _ value: AdamW?) -> AdamW {
    AdamW(constants: AdamConfiguration.keys(section, value?.constants))
  }

  package func check(in section: Section, batch: Int, referenceBatch: Int) {
    constants.checkScaling(in: section, batch: batch, referenceBatch: referenceBatch)
  }

  package var title: String { "AdamW" }
  package var rateExponent: Double { 0.5 }

  package func scaled(batchRatio: Double) -> AdamW { AdamW(constants: constants.scaled(batchRatio: batchRatio)) }
  package var stateNames: [String] { AdamConfiguration.stateNames }

  package func apply(_ chunk: RuleChunk) {
    constants.apply(chunk, decoupled: true)
  }
}

extension OptimizerMethod {
  /// Adam with decoupled weight decay.
  public static func adamW(_ constants: AdamConfiguration) -> OptimizerMethod {
    OptimizerMethod(AdamW(constants: constants))
  }
}
