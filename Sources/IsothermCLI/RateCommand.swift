import Configuration
import Datasets
import Records
import Studies
import ArgumentParser
import Foundation

struct RateCommand: ConfiguredStudyCommand, RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: RateStudy.name,
    abstract: "Finds a learning rate: a short run whose rate rises until its loss diverges (Smith's range test).",
    discussion: """
      Suggested is a tenth of the rate at which the loss diverges, or a third of the rate of the least loss, for the \
      config's batch; the config's scaling makes it a learningRate.reference.

        isotherm rate digits.json
        isotherm rate digits.json --low 1e-4 --high 10 --steps 400
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(
    help: ArgumentHelp(
      "The first rate. Default: 1e-5 for sgd and lars, 1e-7 for adam, adamw and lamb.", valueName: "rate"))
  var low: Double?
  @Option(
    help: ArgumentHelp("The last rate. Default: 100 for sgd and lars, 1 for adam, adamw and lamb.", valueName: "rate"))
  var high: Double?
  @Option(help: ArgumentHelp("Steps from the first rate to the last.", valueName: "count")) var steps = 200
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    for (name, rate) in [("--low", low), ("--high", high)] {
      guard let rate, !(rate > 0 && rate.isFinite) else { continue }
      throw ValidationError("\(name): found \(rate), allowed is a number above 0")
    }
    if let low, let high, low >= high {
      throw ValidationError("--low: found \(low), allowed is less than --high, \(high)")
    }
    guard (10...1_000_000).contains(steps) else {
      throw ValidationError("--steps: found \(steps), allowed is 10 to 1000000")
    }
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> RateStudy {
    var rate = RateStudy(low: low, high: high, steps: steps)
    rate.threads = threadOptions.count(configuration)
    return rate
  }

  func conclude(_ record: RateRecord, _ task: StudyTask<RateStudy>) -> Int32? {
    if !output.json, !output.quiet, let reference = record.referenceLearningRate {
      let rate = String(format: "%.2g", reference)
      printResult("take over  isotherm train \(config.config) --set learningRate.reference=\(rate)")
    }
    return nil
  }
}
