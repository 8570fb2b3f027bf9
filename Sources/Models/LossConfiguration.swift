import Keys

/// `loss`.
public enum LossConfiguration: Sendable, Equatable {
  /// Softmax cross-entropy; `labelSmoothing` ε in 0..<1 mixes the label with the uniform distribution.
  case crossEntropy(labelSmoothing: Double)
  /// Mean over the outputs of a sample of the squared error.
  case meanSquaredError
}

extension LossConfiguration {
  package static func keys(_ section: Section, _ value: LossConfiguration?, isRegression: Bool) -> LossConfiguration {
    section.choice(
      "kind", value, default: isRegression ? "meanSquaredError" : "crossEntropy", "The loss.",
      defaultRule: "crossEntropy; meanSquaredError where data.task is regression",
      [
        Case(
          "crossEntropy", "Softmax and cross-entropy, for classes.",
          { if case .crossEntropy(let smoothing) = $0 { smoothing } else { nil } }
        ) {
          .crossEntropy(
            labelSmoothing: $0.key(
              "labelSmoothing", $1, .number(.from(0, below: 1)), default: 0,
              "The share of a label that is spread evenly over all classes."))
        },
        Case("meanSquaredError", "The mean over a sample's outputs of the squared error.", .meanSquaredError),
      ])
  }
}
