import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Optimizers
import Records

/// The learning-rate range test (Smith 2017, §3.3, arXiv 1506.01186): a run from the initial weights whose rate rises
/// exponentially from step to step, and which ends where its loss diverges.
///
/// A tenth of the rate at which the loss diverges is suggested for the config's batch, or a third of the rate of the least
/// loss where it does not; by the config's scaling it becomes a reference rate. It takes a few hundred steps, seconds. The
/// rate at which the loss falls fastest is told too: a run that short lags behind its rate, so that it is several times
/// smaller than what trains best.
///
/// Everything but the rates is the config's: batch, optimizer, augmentation, groups of tensors.
package struct RateStudy: Study {
  package static let name = StudyKind.rate.rawValue

  /// The first and the last rate; `nil` is 10⁻⁴, or 10³, of the rule's default rate.
  package var low: Double?
  package var high: Double?
  /// Steps from the first to the last rate, at least 10.
  package var steps: Int
  package var threads = 1

  package init(low: Double? = nil, high: Double? = nil, steps: Int = 200) {
    self.low = low
    self.high = high
    self.steps = steps
  }

  /// Runs the test.
  ///
  /// - Throws: `RunError` if the first rate is not below the last, or diverges at once.
  package func run(
    _ original: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> RateRecord {
    let usual = type(of: original.optimizer.method.rule).defaultRate
    let (low, high) = (low ?? usual * 1e-4, high ?? usual * 1e3)
    guard low > 0, low < high, high.isFinite, steps >= 10 else {
      throw RunError(
        path: "rate",
        message: "found rates from \(low) to \(high) in \(steps) steps; allowed: a first rate above 0 and "
          + "below the last, in 10 steps or more")
    }
    let plan = try RunPlan(prepared(original), splits: splits, threads: threads)
    let trainer = try Trainer(plan)
    let start = Date()
    var curve = RateCurve()
    for step in 0..<steps {
      let rate = low * pow(high / low, Double(step) / Double(steps - 1))
      let goesOn = curve.add(rate: rate, loss: trainer.takeStep(learningRate: rate)?.loss ?? .nan)
      progress(StudyProgress(Self.name, done: step + 1, of: steps))
      if !goesOn { break }
    }
    guard let reading = curve.reading(steps: steps) else {
      throw RunError(
        path: "rate", message: "the loss was no finite number from a rate of \(low) on; use a smaller --low")
    }
    return record(original, plan, curve, reading, (low, high), seconds: Date().timeIntervalSince(start))
  }

  /// The config with nothing between the steps and without a schedule of its own.
  private func prepared(_ original: RunConfiguration) -> RunConfiguration {
    var configuration = original
    configuration.learningRate.warmup = .none
    configuration.learningRate.decay = .none
    configuration.temperature = TemperatureConfiguration()
    configuration.length = .steps(steps)
    configuration.target = nil
    configuration.stop = nil
    return configuration
  }

  private func record(
    _ original: RunConfiguration, _ plan: RunPlan, _ curve: RateCurve, _ reading: RateCurve.Reading,
    _ ends: (low: Double, high: Double), seconds: Double
  ) -> RateRecord {
    let points = curve.rates.indices.map {
      RateRecord.Point(
        step: $0 + 1, learningRate: curve.rates[$0], loss: curve.losses[$0], smoothedLoss: reading.smoothed[$0])
    }
    let schedule = plan.schedule
    var record = RateRecord(
      name: original.name, machine: .current, optimizer: original.optimizer.method.description,
      batch: plan.division.batch, plannedSteps: steps, low: ends.low, high: ends.high, points: points,
      lowestLossLearningRate: reading.lowest, configReferenceLearningRate: schedule.referenceRate,
      configLearningRate: schedule.scaledRate, referenceBatch: original.learningRate.referenceBatch, seconds: seconds)
    record.divergedAtLearningRate = curve.divergedAt
    record.steepestLearningRate = reading.steepest
    record.suggestedLearningRate = reading.suggested
    record.referenceLearningRate = reading.suggested.map { $0 * schedule.referenceRate / schedule.scaledRate }
    record.notes = notes(record, plan)
    return record
  }

  /// What a reader should know of the result.
  private func notes(_ record: RateRecord, _ plan: RunPlan) -> [String] {
    var notes: [String] = []
    let epochs = plan.calendar.epoch(after: record.points.count)
    if epochs > 1 {
      notes.append(
        String(format: "The test passed %.1f times over the training set, whose samples it then knew.", epochs))
    }
    if record.suggestedLearningRate == nil {
      notes.append(
        "The loss never fell: the rates may all be too high or too low; try --low and --high, or more --steps.")
    } else if record.divergedAtLearningRate == nil {
      notes.append("The loss did not diverge up to the last rate: normalised networks often stay finite at any rate.")
    }
    return notes
  }
}
