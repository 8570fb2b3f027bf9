import Keys

/// `loss`.
public enum LossConfiguration: Sendable, Equatable {
  /// Softmax cross-entropy; `labelSmoothing` ε in 0..<1 mixes the label with the uniform distribution.
  case crossEntropy(labelSmoothing: Double)
  /// Mean over the outputs of a sample of the squared error.
  case meanSquaredError
  /// What fits the data, once they are loaded: cross-entropy for classes, the mean squared error for numbers.
  case auto(labelSmoothing: Double)

  /// The loss of a run on data with or without classes; one that the config names stays.
  package func resolved(isClassification: Bool) -> LossConfiguration {
    guard case .auto(let labelSmoothing) = self else { return self }
    return isClassification ? .crossEntropy(labelSmoothing: labelSmoothing) : .meanSquaredError
  }
}

extension LossConfiguration {
  /// - Parameter isRegression: whether the data hold numbers to predict; `nil` where only the data themselves tell.
  package static func keys(_ section: Section, _ value: LossConfiguration?, isRegression: Bool?) -> LossConfiguration {
    section.choice(
      "kind", value, default: isRegression.map { $0 ? "meanSquaredError" : "crossEntropy" } ?? "auto", "The loss.",
      defaultRule: "crossEntropy for classes, meanSquaredError for numbers; auto where only the data tell",
      [
        Case(
          "crossEntropy", "Softmax and cross-entropy, for classes.",
          { if case .crossEntropy(let smoothing) = $0 { smoothing } else { nil } }
        ) {
          .crossEntropy(labelSmoothing: smoothing($0, $1))
        },
        Case("meanSquaredError", "The mean over a sample's outputs of the squared error.", .meanSquaredError),
        Case(
          "auto", "crossEntropy for classes, meanSquaredError for numbers, as the loaded data have them.",
          { if case .auto(let smoothing) = $0 { smoothing } else { nil } }
        ) {
          .auto(labelSmoothing: smoothing($0, $1))
        },
      ])
  }

  private static func smoothing(_ section: Section, _ value: Double?) -> Double {
    section.key(
      "labelSmoothing", value, .number(.from(0, below: 1)), default: 0,
      "The share of a label that is spread evenly over all classes.")
  }
}
