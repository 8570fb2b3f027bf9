import Keys

/// A length of training.
public enum Span: Sendable, Equatable {
  /// Passes over the training set; fractions are allowed.
  case epochs(Double)
  /// Optimizer updates.
  case steps(Int)

  /// The span in steps, rounded to the nearest.
  public func steps(stepsPerEpoch: Int) -> Int {
    switch self {
    case .epochs(let epochs): Int((epochs * Double(stepsPerEpoch)).rounded())
    case .steps(let steps): steps
    }
  }
}

extension Span {
  /// Two keys that exclude one another: a span in epochs and one in steps.
  package static func cases(
    epochs: String, _ aboutEpochs: String, steps: String, _ aboutSteps: String, from range: NumberRange? = nil
  ) -> [Case<Span>] {
    let range = range ?? .above(0, through: Limit.epochs)
    return [
      Case(epochs, "Counted in epochs.", { if case .epochs(let epochs) = $0 { epochs } else { nil } }) {
        .epochs($0.required(epochs, $1, .number(range), aboutEpochs))
      },
      Case(steps, "Counted in steps.", { if case .steps(let steps) = $0 { steps } else { nil } }) {
        .steps($0.required(steps, $1, range.contains(0) ? .integer(0...Limit.count) : .count, aboutSteps))
      },
    ]
  }
}
