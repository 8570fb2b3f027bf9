import Kernels
import Keys

/// `optimizer.lookahead`: slow weights s that follow the weights w every k steps, and w then begins anew from them (Zhang et
/// al. 2019): s ← d·s + (1 − d)·w; w ← s.
///
/// d = decay·(t ÷ T)^power behind step t of T: constant for a power of 0; rising, so that the weights are free at first and
/// averaged in the end, for another. Batch norm's running statistics go the same way, as they do where a whole state of a
/// network is averaged. Evaluations measure s, which are what the run ends with.
public struct Lookahead: WeightFollower, Sendable, Equatable {
  /// k, at least 1.
  public var every: Int
  /// The share of the slow weights that stays, from 0 to 1; at the end of the run for a power above 0.
  public var decay: Double
  /// How that share rises in the course of the run, at least 0.
  public var power: Int
  /// T.
  var steps = 1

  public init(every: Int = 5, decay: Double = 0.5, power: Int = 0) {
    self.every = every
    self.decay = decay
    self.power = power
  }

  static func keys(_ section: Section, _ value: Lookahead?) -> Lookahead {
    let standard = Lookahead()
    return Lookahead(
      every: section.key(
        "every", value?.every, .count, default: standard.every,
        "Steps after which the weights start again from the slow ones."),
      decay: section.key(
        "decay", value?.decay, .number(.from(0, through: 1)), default: standard.decay,
        "The share of the slow weights that stays; the rest is that of the weights."),
      power: section.key(
        "power", value?.power, .integer(0...100), default: standard.power,
        "That share is decay · (share of the run done)^power: 0 keeps it constant."))
  }

  /// Declares the section.
  static func key(_ section: Section, _ value: Lookahead?) -> Lookahead? {
    section.optional(
      "lookahead", value, .object(keys),
      """
      Slow weights follow the weights every few steps, and these start again from them (Zhang et al. 2019); evaluations, the \
      best checkpoint and weights.safetensors take the slow ones. Not with average. Left out: there are none.
      """)
  }

  package var summary: String {
    "Lookahead every \(every) steps, decay \(decay)" + (power == 0 ? "" : " · (share of the run)^\(power)")
  }

  package func over(steps: Int) -> Lookahead {
    var run = self
    run.steps = steps
    return run
  }

  /// d behind so many steps.
  package func decay(after done: Int) -> Double {
    let share = min(1, Double(done) / Double(max(1, steps)))
    // By multiplication: a library's power may round otherwise on another system.
    return (0..<power).reduce(decay) { product, _ in product * share }
  }

  package func follow(_ weights: Floats, with follower: Floats, step: Int) {
    guard (step + 1).isMultiple(of: every) else { return }
    UpdateRule.movingAverage(follower, new: weights, decay: decay(after: step + 1))
    weights.copy(from: follower)
  }
}
