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
  /// The folder with all that replays it (`isotherm replay`), relative to the run directory; `nil` without one.
  public var bundle: String?
  /// Where a number was first not finite, and in which step.
  package var place: FailurePlace?
  package var placeStep: Int?

  /// What was no longer a finite number.
  public enum Kind: String, Codable, Sendable {
    /// The loss of a step's batch.
    case trainingLoss
    /// An activation or a gradient of a microbatch, where every one is looked at (`--trap-nan`).
    case pass
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
