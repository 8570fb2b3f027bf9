import Keys

/// `optimizer`.
public struct OptimizerConfiguration: Sendable, Equatable {
  public var method: OptimizerMethod
  /// λ, outside the loss; biases and batch norm have none.
  public var weightDecay: Double
  /// Largest Euclidean norm of the batch's average gradient; `nil` clips nothing.
  public var clipNorm: Double?
  /// The moving average that evaluations measure in the place of the weights; `nil` is the weights themselves.
  public var average: WeightAverage?
  public init(
    method: OptimizerMethod, weightDecay: Double = 0, clipNorm: Double? = nil, average: WeightAverage? = nil
  ) {
    self.method = method
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.average = average
  }

  /// What evaluations measure in the place of the weights; `nil` is the weights themselves.
  package var follower: (any WeightFollower)? { average }

  package static func keys(_ section: Section, _ value: OptimizerConfiguration?) -> OptimizerConfiguration {
    OptimizerConfiguration(
      method: section.choice(
        "method", value?.method, default: RuleKinds.all[0].name, "The update rule.", RuleKinds.all.map { $0.choice }),
      weightDecay: WeightDecay.key(section, value?.weightDecay),
      clipNorm: Clipping.key(section, value?.clipNorm),
      average: WeightAverage.key(section, value?.average))
  }
}
