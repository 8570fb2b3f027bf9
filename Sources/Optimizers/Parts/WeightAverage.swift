import Kernels
import Keys

/// `optimizer.average`: an exponential moving average a of the weights w, which evaluations measure in the weights' place.
///
/// After every step a ← d·a + (1 − d)·w, where a begins as the first weights. With warmup d = min(decay, (1 + t) ÷ (10 + t))
/// behind step t = 1, 2, …, so that the first weights are soon forgotten, and short runs have an average too. It evens out the
/// noise of about 1 ÷ (1 − decay) steps, as a falling learning rate would (Polyak & Juditsky 1992; Tarvainen & Valpola 2017
/// in this form). Training goes on from w.
///
/// Batch norm's running statistics are averaged alike: those of the networks that a is made of. With
/// `evaluate.batchNormSamples` they are taken anew, with a itself.
public struct WeightAverage: WeightFollower, Sendable, Equatable {
  /// The share of the average that stays at each step, from 0 below 1; 0 is the weights themselves.
  public var decay: Double
  /// Whether earlier steps have a smaller decay.
  public var warmup: Bool
  public init(decay: Double = 0.999, warmup: Bool = true) {
    self.decay = decay
    self.warmup = warmup
  }

  static func keys(_ section: Section, _ value: WeightAverage?) -> WeightAverage {
    let standard = WeightAverage()
    return WeightAverage(
      decay: section.key(
        "decay", value?.decay, .number(.from(0, below: 1)), default: standard.decay,
        "The share of the average that stays at each step."),
      warmup: section.key(
        "warmup", value?.warmup, .flag, default: standard.warmup,
        "Whether the decay is at most (1 + t) ÷ (10 + t) behind step t, so that the first weights are soon forgotten."))
  }

  /// Declares the section.
  static func key(_ section: Section, _ value: WeightAverage?) -> WeightAverage? {
    section.optional(
      "average", value, .object(keys),
      """
      Evaluations, the best checkpoint and weights.safetensors take a moving average of the weights, and of batch norm's \
      statistics; training continues from the weights themselves. Left out: there is none.
      """)
  }

  package var summary: String { "averaged weights, decay \(decay)\(warmup ? "" : " from the first step on")" }

  /// d behind a step, counted from 0.
  public func decay(ofStep step: Int) -> Double {
    precondition(step >= 0, "an average at step \(step)")
    guard warmup else { return decay }
    let done = Double(step) + 1
    return min(decay, (1 + done) / (10 + done))
  }

  package func follow(_ weights: Floats, with follower: Floats, step: Int) {
    UpdateRule.movingAverage(follower, new: weights, decay: decay(ofStep: step))
  }
}
