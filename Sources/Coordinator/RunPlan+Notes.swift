import Calendars
import Datasets
import Configuration
import Foundation
import Optimizers

/// What a user should know of the schedule and the order of samples before the run.
extension RunPlan {
  static func scheduleNotes(_ configuration: RunConfiguration, _ schedule: Schedule) -> [String] {
    rateNotes(configuration, schedule) + warmupNotes(configuration, schedule) + decayNotes(configuration, schedule)
  }

  /// A rate that scaling makes lower than the one in the config, and a way of scaling that is another optimizer's.
  private static func rateNotes(_ configuration: RunConfiguration, _ schedule: Schedule) -> [String] {
    let rate = configuration.learningRate
    var notes: [String] = []
    if schedule.scaledRate < schedule.referenceRate {
      notes.append(
        "the learning rate is \(short(schedule.scaledRate)), not \(short(schedule.referenceRate)): learningRate.reference "
          + "is for a batch of \(rate.referenceBatch), and batch.size is \(configuration.batch.size) (learningRate.scaling "
          + "\"\(rate.scaling)\"; \"none\" takes it as it is)")
    }
    let own = type(of: configuration.optimizer.method.rule).defaultScaling
    if rate.scaling == .linear, own == .sqrt, schedule.scaledRate != schedule.referenceRate {
      notes.append(
        "learningRate.scaling \"linear\" with optimizer.method \"\(type(of: configuration.optimizer.method.rule).name)\": steps of its kind "
          + "do not grow with the gradient, and their rate with the square root of the batch (Malladi et al. 2022); "
          + "\"sqrt\" does that")
    }
    return notes
  }

  /// A decay whose points the run does not reach.
  private static func decayNotes(_ configuration: RunConfiguration, _ schedule: Schedule) -> [String] {
    guard case .step(let points, _) = configuration.learningRate.decay else { return [] }
    let late = schedule.decaySteps.count { $0 >= schedule.steps }
    guard late > 0 else { return [] }
    return [
      "\(late) of \(points.count) points of learningRate.decay lie\(late == 1 ? "s" : "") after the end of the run, after "
        + "\(schedule.steps) steps, and \(late == 1 ? "has" : "have") no effect"
    ]
  }

  /// A warmup that has no effect, or that the run does not live to see the end of.
  private static func warmupNotes(_ configuration: RunConfiguration, _ schedule: Schedule) -> [String] {
    let span: Span
    switch configuration.learningRate.warmup {
    case .none, .ramp: return []
    case .gradual(let length), .constant(let length): span = length
    }
    let asked =
      switch span {
      case .epochs(let epochs): "\(Self.short(epochs)) epoch\(epochs == 1 ? "" : "s")"
      case .steps(let steps): "\(steps) step\(steps == 1 ? "" : "s")"
      }
    let scaled = Self.short(schedule.scaledRate)
    guard schedule.scaledRate > schedule.referenceRate else {
      return [
        "no warmup: the scaled rate \(scaled) is not above the reference rate \(Self.short(schedule.referenceRate)), so "
          + "the \(asked) of learningRate.warmup have no effect"
      ]
    }
    guard schedule.warmupSteps >= schedule.steps else { return [] }
    let last = Self.short(schedule.learningRate(at: schedule.steps - 1))
    return [
      "the run ends within its warmup of \(asked), after \(schedule.steps) of \(schedule.warmupSteps) steps: the scaled "
        + "rate \(scaled) is never reached, the last step has \(last); shorten learningRate.warmup, or train longer"
    ]
  }

  /// What an evaluation that chooses cannot tell any more.
  static func selectionNotes(_ configuration: RunConfiguration, _ splits: DataSplits) -> [String] {
    guard configuration.stop != nil, splits.validation == nil else { return [] }
    return [
      "stop.patience looks at the test set, since there is no validation set: what the test says of the result is then too "
        + "good; data.validationShare sets some training samples apart"
    ]
  }

  static func orderNotes(_ configuration: RunConfiguration, shards: Int) -> [String] {
    guard configuration.data.order == .sequential, shards > 1 else { return [] }
    return [
      "data.order \"sequential\": the noise scale assumes that the order of the files is random; where neighbours are "
        + "alike, it is wrong"
    ]
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }
}
