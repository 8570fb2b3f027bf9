/// How a run ended.
public enum RunOutcome: String, Codable, Sendable, CaseIterable {
  /// Every step of the config was done.
  case completed
  /// An evaluation reached the config's `target`, and the run stopped there.
  case targetReached
  /// A loss, a weight or an output became NaN or infinite.
  case diverged
  /// A signal stopped the run after a step; a checkpoint lets it go on.
  case interrupted
}

/// Where and how a run diverged.
public struct DivergenceRecord: Codable, Sendable, Equatable {
  /// The step whose loss was not finite, from 1; or the steps done when weights or an evaluation were not.
  public var step: Int
  /// The rate of that step.
  public var learningRate: Double
  /// The last finite loss before it; `nil` if there was none.
  public var loss: Double?
  /// What was not finite; `nil` in records of older versions, where it was the loss or a weight.
  public var kind: Kind?
  /// The newest checkpoint before it, relative to the run directory; `nil` if there is none.
  public var checkpoint: String?

  /// What was no longer a finite number.
  public enum Kind: String, Codable, Sendable {
    /// The loss of a step's batch.
    case trainingLoss
    /// A weight after an update.
    case weights
    /// The loss of the test set, or an output for one of its samples.
    case evaluation
  }

  /// A divergence.
  public init(step: Int, learningRate: Double, loss: Double?, kind: Kind? = nil) {
    self.step = step
    self.learningRate = learningRate
    self.loss = loss
    self.kind = kind
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
