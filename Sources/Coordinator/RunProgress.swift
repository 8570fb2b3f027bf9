import Calendars
import Statistics
import Gradients
import Configuration
import Datasets
import Dispatch
import Foundation
import Records

/// Where a run stands: what a checkpoint keeps beside weights and optimizer state.
package struct RunProgress: Sendable, Equatable, Codable {
  /// Steps done; the next step has this number, counted from 0.
  package var step = 0
  /// Training samples seen.
  package var samples = 0
  /// Loss of the last batch.
  package var lastLoss: Double?
  /// Sum of losses, and samples, since the epoch began.
  var epochLoss = 0.0
  var epochSamples = 0
  /// Mean loss over the last whole epoch.
  var lastEpochLoss: Double?
  /// Seconds in the two fork-joins, in evaluations, in saving, and of the whole run.
  package var gradientSeconds = 0.0
  package var reduceSeconds = 0.0
  package var evaluationSeconds = 0.0
  package var savingSeconds = 0.0
  package var wallSeconds = 0.0
  /// Energy that the machine's packages took meanwhile; `nil` where nobody tells.
  var energyJoules: Double?
  /// The best evaluation so far.
  package var bestStep: Int?
  package var bestLoss: Double?
  package var bestAccuracy: Double?
  /// Evaluations since then.
  var evaluationsSinceBest = 0
  /// The step at which `stop.patience` ended the run.
  var stoppedEarlyAtStep: Int?
  /// What the last hundred steps say about the gradient's noise.
  package var noise = NoiseWindow()
  /// Greatest η ÷ (B(1 − m)) of any step.
  var highestTemperatureIndex: Double?
  /// How the run ended, in its last save: a run that is over does not go on when it is resumed. `nil` before the end,
  /// and for a run that was interrupted or diverged.
  package internal(set) var outcome: RunOutcome?
  /// What was not as before when the run was resumed, and was accepted.
  package internal(set) var acceptedChanges: [String] = []
  /// The file whose weights the run began with, if it did not begin with those of its seed.
  package internal(set) var initializedFrom: InitialWeightsRecord?
  /// Where the run went on for another number of steps than before, in order.
  package internal(set) var extensions: [ExtensionRecord] = []
  /// Where the chain of digests stands, if there is one.
  var receipt: ReceiptState?
  /// Shards that were computed twice, where the config asks for it.
  package internal(set) var guardedShards: Int?
  /// Set when a loss was not finite; never saved, since a diverged run does not go on.
  var divergence: DivergenceRecord?

  private enum CodingKeys: String, CodingKey {
    case step, samples, lastLoss, epochLoss, epochSamples, lastEpochLoss
    case noise, highestTemperatureIndex, gradientSeconds, reduceSeconds = "updateSeconds", evaluationSeconds,
      savingSeconds, wallSeconds, bestStep,
      bestLoss, bestAccuracy, evaluationsSinceBest, stoppedEarlyAtStep, outcome, acceptedChanges, initializedFrom,
      extensions, receipt, guardedShards, energyJoules
  }

  package init() {}

  /// Reads what a checkpoint keeps; what an older program did not know has its first value.
  package init(from decoder: any Decoder) throws {
    self.init()
    let values = try decoder.container(keyedBy: CodingKeys.self)
    step = try values.decode(Int.self, forKey: .step)
    samples = try values.decode(Int.self, forKey: .samples)
    lastLoss = try values.decodeIfPresent(Double.self, forKey: .lastLoss)
    epochLoss = try values.decode(Double.self, forKey: .epochLoss)
    epochSamples = try values.decode(Int.self, forKey: .epochSamples)
    lastEpochLoss = try values.decodeIfPresent(Double.self, forKey: .lastEpochLoss)
    // An older program kept another kind of average.
    noise = (try? values.decode(NoiseWindow.self, forKey: .noise)) ?? NoiseWindow()
    highestTemperatureIndex = try values.decodeIfPresent(Double.self, forKey: .highestTemperatureIndex)
    gradientSeconds = try values.decode(Double.self, forKey: .gradientSeconds)
    reduceSeconds = try values.decode(Double.self, forKey: .reduceSeconds)
    evaluationSeconds = try values.decode(Double.self, forKey: .evaluationSeconds)
    savingSeconds = try values.decodeIfPresent(Double.self, forKey: .savingSeconds) ?? 0
    wallSeconds = try values.decode(Double.self, forKey: .wallSeconds)
    bestStep = try values.decodeIfPresent(Int.self, forKey: .bestStep)
    bestLoss = try values.decodeIfPresent(Double.self, forKey: .bestLoss)
    bestAccuracy = try values.decodeIfPresent(Double.self, forKey: .bestAccuracy)
    evaluationsSinceBest = try values.decodeIfPresent(Int.self, forKey: .evaluationsSinceBest) ?? 0
    stoppedEarlyAtStep = try values.decodeIfPresent(Int.self, forKey: .stoppedEarlyAtStep)
    outcome = try values.decodeIfPresent(RunOutcome.self, forKey: .outcome)
    acceptedChanges = try values.decodeIfPresent([String].self, forKey: .acceptedChanges) ?? []
    initializedFrom = try values.decodeIfPresent(InitialWeightsRecord.self, forKey: .initializedFrom)
    extensions = try values.decodeIfPresent([ExtensionRecord].self, forKey: .extensions) ?? []
    receipt = try values.decodeIfPresent(ReceiptState.self, forKey: .receipt)
    guardedShards = try values.decodeIfPresent(Int.self, forKey: .guardedShards)
    energyJoules = try values.decodeIfPresent(Double.self, forKey: .energyJoules)
  }

  /// Has the next evaluation be the best.
  mutating func forgetBest() {
    (bestStep, bestLoss, bestAccuracy) = (nil, nil, nil)
    evaluationsSinceBest = 0
  }

  /// Mean training loss over the current epoch's steps so far, or over the last epoch if none was taken.
  package var trainLoss: Double? {
    epochSamples > 0 ? epochLoss / Double(epochSamples) : lastEpochLoss
  }

  /// Samples a second of the step loop, evaluation and saving left out.
  package var samplesPerSecond: Double {
    let seconds = gradientSeconds + reduceSeconds
    return seconds > 0 ? Double(samples) / seconds : 0
  }

  /// Counts one step.
  mutating func advance(
    _ batch: BatchPosition, loss: Double, correct: Int, learningRate: Double, measurement: GradientMeasurement,
    temperatureIndex: Double?, calendar: StepCalendar, gradientSeconds: Double, reduceSeconds: Double
  ) -> StepRecord {
    step += 1
    samples += batch.count
    lastLoss = loss
    epochLoss += loss * Double(batch.count)
    epochSamples += batch.count
    if let noise = measurement.noise { self.noise.add(noise) }
    if let temperatureIndex { highestTemperatureIndex = max(highestTemperatureIndex ?? 0, temperatureIndex) }
    if calendar.endsEpoch(after: step) {
      lastEpochLoss = epochLoss / Double(epochSamples)
      epochLoss = 0
      epochSamples = 0
    }
    self.gradientSeconds += gradientSeconds
    self.reduceSeconds += reduceSeconds
    return StepRecord(
      step: step, epoch: calendar.epoch(after: step), loss: loss, learningRate: learningRate, samples: batch.count,
      correct: correct, gradient: measurement, temperatureIndex: temperatureIndex, noiseScale: noise.noiseScale,
      gradientSeconds: gradientSeconds, reduceSeconds: reduceSeconds, endedAt: Date())
  }
}

extension DispatchTime {
  func seconds(since start: DispatchTime) -> Double {
    Double(uptimeNanoseconds - start.uptimeNanoseconds) * 1e-9
  }
}
