import Keys

/// Stochastic gradient descent: u ← m·u + g + λw; w ← w − η·u, or with Nesterov w ← w − η·(g + λw + m·u).
///
/// This is form 9 of Goyal et al. 2017, remark 2: η is outside u, so a changing η needs no momentum correction. λw never
/// passes through the loss (remark 1).
package struct SGD: Rule {
  /// m, from 0 below 1.
  package var momentum: Double
  package var nesterov: Bool

  package static let name = "sgd"
  package static let about = "Stochastic gradient descent with momentum."

  package static func keys(_ section: Section, _ value: SGD?) -> SGD {
    SGD(
      momentum: Momentum.key(section, value?.momentum),
      nesterov: section.key(
        "nesterov", value?.nesterov, .flag, default: false, "Whether momentum looks one step ahead."))
  }

  package var title: String { "SGD" }
  package var summary: String { "sgd, \(nesterov ? "Nesterov " : "")momentum \(momentum)" }
  package var temperatureMomentum: Double? { momentum }
  package var looksAhead: Bool { nesterov }
  package var rateExponent: Double { 1 }

  package var stateNames: [String] { Momentum.stateNames(momentum) }

  package func apply(_ chunk: RuleChunk) {
    Momentum.descend(
      chunk, momentum: momentum, nesterov: nesterov, gradientScale: chunk.gradientScale,
      weightDecay: chunk.weightDecay)
  }
}

extension OptimizerMethod {
  /// u ← m·u + g; w ← w − η·u (Goyal et al. 2017, remark 2, form 9); Nesterov: w ← w − η·(g + m·u).
  public static func sgd(momentum: Double, nesterov: Bool) -> OptimizerMethod {
    OptimizerMethod(SGD(momentum: momentum, nesterov: nesterov))
  }
}
