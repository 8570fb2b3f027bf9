import Keys

/// An element of `optimizer.groups`: tensors with a rate and a weight decay of their own, as PyTorch's parameter groups.
public struct TensorGroup: Sendable, Equatable {
  /// Patterns of tensor names; see `optimizer.freeze`.
  public var tensors: [String]
  /// What the learning rate of every step is multiplied by for these tensors, above 0.
  public var rate: Double
  /// λ of these tensors in the place of the optimizer's; `nil` keeps that. Biases and normalisation have none in either case,
  /// unless `decayBiases` says so.
  public var weightDecay: Double?
  /// Whether biases and normalisations among these tensors decay too.
  public var decayBiases: Bool
  /// Epochs from the beginning of the run after which these tensors stay as they are; `nil` trains them to the end.
  public var trainEpochs: Double?

  public init(
    tensors: [String], rate: Double = 1, weightDecay: Double? = nil, decayBiases: Bool = false,
    trainEpochs: Double? = nil
  ) {
    self.decayBiases = decayBiases
    self.trainEpochs = trainEpochs
    self.tensors = tensors
    self.rate = rate
    self.weightDecay = weightDecay
  }

  static func keys(_ section: Section, _ value: TensorGroup?) -> TensorGroup {
    TensorGroup(
      tensors: section.required(
        "tensors", value?.tensors, TensorPatterns.format,
        "Patterns of tensor names, as in optimizer.freeze; a tensor is in one group at most."),
      rate: section.key(
        "rate", value?.rate, .number(.above(0)), default: 1,
        "What the learning rate of every step is multiplied by for these tensors."),
      weightDecay: section.optional(
        "weightDecay", value?.weightDecay, .number(.from(0)),
        "Weight decay of these tensors, in place of optimizer.weightDecay; biases and batch norm have none."),
      decayBiases: section.key(
        "decayBiases", value?.decayBiases, .flag, default: false,
        "Whether biases and normalisations among these tensors decay too."),
      trainEpochs: section.optional(
        "trainEpochs", value?.trainEpochs, .number(.above(0, through: Limit.epochs)),
        "Epochs from the beginning of the run after which these tensors stay as they are. Left out: they are trained."))
  }

  /// Declares `optimizer.groups`.
  static func key(_ section: Section, _ value: [TensorGroup]?) -> [TensorGroup] {
    section.optional(
      "groups", value.flatMap { $0.isEmpty ? nil : $0 }, .list(of: .object(keys), "groups", count: 1...100),
      """
      Tensors with a learning rate and a weight decay of their own, for fine-tuning: a higher rate for a new last layer, \
      for one. Tensors in no group have the run's. Left out: all have.
      """) ?? []
  }
}
