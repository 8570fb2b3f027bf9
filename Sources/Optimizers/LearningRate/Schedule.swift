import Calendars
import Kernels

/// The learning rate of every step: rate(step) = warmup(step) × decay(step), a pure function of the step.
///
/// - Scaling: scaledRate = reference × κ (linear), × √κ (sqrt) or × 1 (none), with κ = batch ÷ referenceBatch.
/// - Warmup (Goyal et al. 2017, §2.2) acts only where scaledRate > referenceRate. Gradual: the reference rate at
///   step 0, a constant more every step, scaledRate at step `warmupSteps`. Constant: the reference rate before
///   step `warmupSteps`, scaledRate from there on. A ramp acts always: start × scaledRate at step 0, a constant more
///   every step, scaledRate at step `warmupSteps` = share × steps, rounded down.
/// - Step decay multiplies by its factor from each point on, during warmup too: the ramp then goes on to the
///   decayed rate. Cosine and polynomial decay run from the end of warmup to the end of the run.
///
/// Where the batch changes on the way, the calendar's factor of the rate joins.
///
/// Beyond the end of the run the rate stays at that of the last step.
package struct Schedule: Sendable, Equatable {
  /// η of the reference batch: where warmup starts.
  package let referenceRate: Double
  /// η of this batch, before any decay.
  package let scaledRate: Double
  /// First step after warmup; 0 where warmup has no effect.
  package let warmupSteps: Int
  /// Length of the run in steps.
  package let steps: Int
  /// Epochs and batches by step.
  package let calendar: StepCalendar

  /// The rate of step 0 of a warmup that rises every step; `nil` for one that stays at the reference rate.
  private let firstRate: Double?
  let decay: Decay
  /// Steps at which a step decay multiplies, in ascending order; two may be equal.
  package let decaySteps: [Int]

  /// The schedule of a run of `steps` steps with `batch` samples each.
  ///
  /// All counts are at least 1. Warmup and decay points given in epochs are rounded to the nearest step.
  package init(_ configuration: LearningRateConfiguration, batch: Int, steps: Int, stepsPerEpoch: Int) {
    self.init(
      configuration, batch: batch, steps: steps, calendar: StepCalendar(batch: batch, stepsPerEpoch: stepsPerEpoch))
  }

  /// The schedule of a run whose batch may change; `batch` is the first one, which the scaled rate is for.
  package init(_ configuration: LearningRateConfiguration, batch: Int, steps: Int, calendar: StepCalendar) {
    precondition(
      batch >= 1 && steps >= 1 && configuration.referenceBatch >= 1,
      "a schedule for batch \(batch) of \(configuration.referenceBatch), \(steps) steps")
    let ratio = Double(batch) / Double(configuration.referenceBatch)
    let scale =
      switch configuration.scaling {
      case .linear: ratio
      case .sqrt: ratio.squareRoot()
      case .none: 1.0
      }
    referenceRate = configuration.reference
    scaledRate = configuration.reference * scale
    self.steps = steps
    self.calendar = calendar
    decay = configuration.decay

    let needsWarmup = scaledRate > referenceRate
    switch configuration.warmup {
    case .gradual(let span) where needsWarmup:
      firstRate = referenceRate
      warmupSteps = max(0, calendar.steps(of: span))
    case .constant(let span) where needsWarmup:
      firstRate = nil
      warmupSteps = max(0, calendar.steps(of: span))
    case .ramp(let start, let share):
      firstRate = start * scaledRate
      warmupSteps = Int(share * Double(steps))
    default:
      firstRate = nil
      warmupSteps = 0
    }
    if case .step(let points, _) = configuration.decay {
      decaySteps = points.map(calendar.steps(of:)).sorted()
    } else {
      decaySteps = []
    }
  }

  /// η of one step, counted from 0. Allocates nothing.
  package func learningRate(at step: Int) -> Double {
    let step = min(max(0, step), steps - 1)
    return warmedRate(at: step) * decayFactor(at: step) * calendar.phase(ofStep: step).rateFactor
  }

  private func warmedRate(at step: Int) -> Double {
    guard step < warmupSteps else { return scaledRate }
    guard let firstRate else { return referenceRate }
    return firstRate + (scaledRate - firstRate) * Double(step) / Double(warmupSteps)
  }

  private func decayFactor(at step: Int) -> Double {
    switch decay {
    case .none, .batch: return 1
    case .step(_, let factor):
      var product = 1.0
      for point in decaySteps where point <= step { product *= factor }
      return product
    case .cosine:
      // Warmup has no decay yet; a run that ends within it never gets any.
      guard step > warmupSteps else { return 1 }
      return 0.5 * (1 + Elementary.cosineAndSine(turns: 0.5 * progress(at: step)).cosine)
    case .polynomial(let power, let floor):
      guard step > warmupSteps else { return 1 }
      return floor + (1 - floor) * Elementary.power(1 - progress(at: step), power)
    }
  }

  /// 0 at the end of warmup, 1 at the end of the run. Only called for a step between the two.
  private func progress(at step: Int) -> Double {
    guard calendar.phases.count > 1 else { return Double(step - warmupSteps) / Double(steps - warmupSteps) }
    // Steps of another batch are longer: samples count.
    let (start, end) = (calendar.epoch(after: warmupSteps), calendar.epoch(after: steps))
    return (calendar.epoch(after: step) - start) / (end - start)
  }
}
