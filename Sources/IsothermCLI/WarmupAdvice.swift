import Calendars
import Optimizers
import Records
import Configuration
import Charts
import Coordinator
import Foundation

/// A linearity study's warmup, on its way into a config.
enum WarmupAdvice {
  /// What `--set` takes.
  static func setting(epochs: Double) -> String {
    "learningRate.warmup={\"kind\":\"gradual\",\"epochs\":\(HumanFormat.short(epochs, digits: 6))}"
  }

  /// The warmup for a config's own multiple; the study must be of the same small step.
  static func apply(_ folder: String, to configuration: inout RunConfiguration) throws -> String {
    let file = URL(fileURLWithPath: folder).appendingPathComponent(StudyFileName.record)
    let record = try StudyFile.read(LinearityRecord.self, from: file)
    let rate = configuration.learningRate
    guard record.batch == rate.referenceBatch, record.learningRate == rate.reference else {
      throw RunError(
        path: "learningRate",
        message: "the study in \(folder) is of steps with batch \(record.batch) and rate "
          + "\(record.learningRate), the config's reference is \(rate.referenceBatch) and \(rate.reference); "
          + "make the study with this config")
    }
    let multiple = Double(configuration.batch.size) / Double(rate.referenceBatch)
    guard let epochs = record.warmupEpochs(multiple: multiple) else {
      return
        "The linearity study in \(folder) found no warmup after which steps \(HumanFormat.short(multiple)) times as "
        + "large are linear (gap at most \(HumanFormat.short(record.tolerance))); the config's warmup stays."
    }
    configuration.learningRate.warmup = .gradual(.epochs(epochs))
    return "Warmup of \(HumanFormat.short(epochs)) epochs from the linearity study in \(folder); to run it: "
      + "--set '\(setting(epochs: epochs))'"
  }
}
