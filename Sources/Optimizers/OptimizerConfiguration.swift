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
  /// Slow weights to which the weights go back every few steps, and that evaluations measure; goes with no `average`.
  public var lookahead: Lookahead?
  /// Patterns of tensors that take no update: `["*", "!fc.*"]`; empty freezes none.
  public var freeze: [String]
  /// Tensors with a rate and a weight decay of their own.
  public var groups: [TensorGroup]
  public init(
    method: OptimizerMethod, weightDecay: Double = 0, clipNorm: Double? = nil, average: WeightAverage? = nil,
    freeze: [String] = [], groups: [TensorGroup] = [], lookahead: Lookahead? = nil
  ) {
    self.lookahead = lookahead
    self.freeze = freeze
    self.groups = groups
    self.method = method
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.average = average
  }

  /// What evaluations measure in the place of the weights; `nil` is the weights themselves.
  package var follower: (any WeightFollower)? {
    if let lookahead { return lookahead }
    return average
  }

  package static func keys(_ section: Section, _ value: OptimizerConfiguration?) -> OptimizerConfiguration {
    var optimizer = OptimizerConfiguration(
      method: section.choice(
        "method", value?.method, default: RuleKinds.all[0].name, "The update rule.", RuleKinds.all.map { $0.choice }),
      weightDecay: WeightDecay.key(section, value?.weightDecay),
      clipNorm: Clipping.key(section, value?.clipNorm),
      average: WeightAverage.key(section, value?.average),
      freeze: section.optional(
        "freeze", value.flatMap { $0.freeze.isEmpty ? nil : $0.freeze }, TensorPatterns.format,
        """
        Patterns of tensor names, as plan and weights.safetensors have them, that take no update: layer1.* for a block, \
        * for all, !fc.* for an exception; the last that matches counts. Gradients still pass through them, and running \
        statistics of batch norm still follow the batches, as PyTorch's do in training mode. Left out: all are trained.
        """) ?? [],
      groups: TensorGroup.key(section, value?.groups))
    optimizer.lookahead = Lookahead.key(section, value?.lookahead)
    section.check(
      "lookahead", with: ["average"], optimizer.lookahead == nil || optimizer.average == nil,
      "found beside average, but evaluations measure one set of weights; allowed: one of the two")
    return optimizer
  }
}
