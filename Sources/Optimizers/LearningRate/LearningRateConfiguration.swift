import Calendars

/// `learningRate`: the reference rate and how it changes with the batch and with time.
public struct LearningRateConfiguration: Sendable, Equatable {
  /// η for the reference batch.
  public var reference: Double
  public var referenceBatch: Int
  public var scaling: Scaling
  public var warmup: Warmup
  public var decay: Decay
  public init(reference: Double, referenceBatch: Int, scaling: Scaling, warmup: Warmup, decay: Decay) {
    self.reference = reference
    self.referenceBatch = referenceBatch
    self.scaling = scaling
    self.warmup = warmup
    self.decay = decay
  }
}

/// `learningRate.scaling`: what becomes of the reference rate at batch B.
public enum Scaling: String, Sendable, CaseIterable {
  /// × B ÷ referenceBatch.
  case linear
  /// × √(B ÷ referenceBatch).
  case sqrt
  case none
}

/// `learningRate.warmup`. All but a ramp have an effect only where the scaled rate is above the reference rate.
public enum Warmup: Sendable, Equatable {
  case none
  /// From the reference rate to the scaled one, a constant more every step (Goyal et al. 2017, §2.2).
  case gradual(Span)
  /// The reference rate, then a jump.
  case constant(Span)
  /// From `start` times the scaled rate to all of it, a constant more every step, over a share of the run.
  case ramp(start: Double, share: Double)
}

/// `learningRate.decay`, counted from the first step of the run.
public enum Decay: Sendable, Equatable {
  case none
  /// × `factor` at each point.
  case step(at: [Span], factor: Double)
  /// Half a cosine from the end of warmup to the end of the run, down to 0.
  case cosine
  /// floor + (1 − floor)·(1 − progress)^power from the end of warmup to the end of the run.
  case polynomial(power: Double, floor: Double = 0)
  /// The rate stays and the batch grows: × `factor` from each of the epochs on, which cools as much as η ÷ `factor`
  /// would (Smith et al. 2018). Beyond `maximum`, or the training set, the rate falls in its place.
  case batch(epochs: [Int], factor: Double, maximum: Int?)
}
