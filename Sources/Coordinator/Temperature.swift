import Calendars
import Configuration
import Datasets
import Foundation
import Optimizers

/// SGD's temperature, up to the noise of the gradient: T = η·σ² ÷ (2B(1 − m)), so runs of the same index
/// η ÷ (B(1 − m)) settle into the same distribution over losses (McAllester, TTIC 31230; Mandt et al. 2017).
package struct Temperature: Sendable, Equatable {
  /// m.
  package let momentum: Double

  /// `nil` for optimizers that rescale the gradient: LARS, Adam.
  package init?(_ optimizer: OptimizerConfiguration) {
    guard let momentum = optimizer.method.rule.temperatureMomentum else { return nil }
    self.momentum = momentum
  }

  /// η ÷ (B(1 − m)).
  package func index(learningRate: Double, batch: Int) -> Double {
    learningRate / (Double(batch) * (1 - momentum))
  }

  /// What a user should know of a config's temperature before the run: how far it is from that of the reference, and
  /// what the law leaves out.
  static func notes(_ configuration: RunConfiguration, schedule: Schedule) -> [String] {
    guard let temperature = Temperature(configuration.optimizer) else { return [] }
    let rates = configuration.learningRate
    let index = temperature.index(learningRate: schedule.scaledRate, batch: configuration.batch.size)
    let reference = temperature.index(learningRate: rates.reference, batch: rates.referenceBatch)
    let ratio = index / reference
    // A ratio of batches is exact up to rounding.
    guard abs(ratio - 1) > 1e-9 else { return [] }
    let factor = String(format: "%.3g", ratio > 1 ? ratio : 1 / ratio)
    let word = ratio > 1 ? "hotter" : "colder"
    return [
      "the run is \(factor) × \(word) than its reference: η ÷ (B(1 − m)) is \(String(format: "%.3g", index)), and "
        + "\(String(format: "%.3g", reference)) at batch \(rates.referenceBatch) with rate "
        + "\(String(format: "%.3g", rates.reference)); learningRate.scaling \"linear\" keeps the temperature"
    ]
  }
}

extension RunPlan {
  /// The run's law of temperature; `nil` for optimizers other than SGD.
  package var temperature: Temperature? { Temperature(configuration.optimizer) }

  /// η ÷ (B(1 − m)) of a step, counted from 0.
  package func temperatureIndex(at step: Int) -> Double? {
    temperature?.index(learningRate: schedule.learningRate(at: step), batch: calendar.phase(ofStep: step).batch)
  }
}
