/// How a run ended.
public enum RunOutcome: String, Codable, Sendable, CaseIterable {
  /// Every step of the config was done.
  case completed
  /// An evaluation reached the config's `target`, and the run stopped there.
  case targetReached
  /// The loss became NaN or infinite.
  case diverged
  /// A signal stopped the run after a step; a checkpoint lets it go on.
  case interrupted
}

/// Where and how a run diverged.
public struct DivergenceRecord: Codable, Sendable, Equatable {
  /// The step whose loss was not finite, from 1.
  public var step: Int
  /// The rate of that step.
  public var learningRate: Double
  /// The last finite loss before it; `nil` if there was none.
  public var loss: Double?

  /// A divergence.
  public init(step: Int, learningRate: Double, loss: Double?) {
    self.step = step
    self.learningRate = learningRate
    self.loss = loss
  }
}

/// The config's `target`: one of the two.
public struct TargetRecord: Codable, Sendable, Equatable {
  /// At least this share of the test set right, 0…1.
  public var testAccuracy: Double?
  /// At most this mean loss over the test set.
  public var testLoss: Double?

  /// A target; one of the two is given.
  public init(testAccuracy: Double? = nil, testLoss: Double? = nil) {
    self.testAccuracy = testAccuracy
    self.testLoss = testLoss
  }
}
