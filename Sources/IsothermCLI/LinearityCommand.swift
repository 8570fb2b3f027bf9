import ArgumentParser
import Foundation
import Isotherm

struct LinearityCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "linearity",
    abstract: "Compares one large step with k small ones along a run, and recommends a warmup.",
    discussion: """
      The small step is the config's reference: batch learningRate.referenceBatch, rate learningRate.reference. The run \
      takes such steps at a constant rate. `isotherm plan CONFIG --linearity STUDYDIR` takes the warmup over.
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(help: "Multiples k of the reference batch, separated by commas.") var multiples = NumberList([2, 4, 8, 16])
  @Option(help: "Where to measure, in epochs of the run.")
  var epochs = NumberList([0.0, 0.25, 0.5, 1, 2, 3, 5, 8])
  @Option(help: "Largest relative gap that counts as linear: half the step's length, by default.") var tolerance = 0.5
  @Option(help: "Windows of samples that each gap is averaged over.") var repeats = 4
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try multiples.validate("--multiples", from: 2)
    try epochs.validate("--epochs", from: 0)
    guard tolerance > 0, tolerance.isFinite else {
      throw ValidationError("--tolerance: found \(tolerance), allowed is a number above 0")
    }
    guard repeats >= 1 else { throw ValidationError("--repeats: found \(repeats), allowed is 1 or more") }
  }

  func run() throws {
    let configuration = try config.load()
    let splits = try loadData(configuration, quiet: output.quiet)
    var linearity = LinearityStudy(
      multiples: multiples.values, epochs: epochs.values, tolerance: tolerance, repeats: repeats)
    linearity.threads = threadOptions.count(configuration)
    let writer = ProgressWriter(quiet: output.quiet)
    let clock = StudyClock()
    let record = try linearity.run(configuration, splits: splits) { done, all in
      writer.update(clock.state(done: done, of: all, "linearity"))
    }
    writer.finish()
    let folder = try study.makeFolder(.linearity, configuration)
    try folder.publish(
      record, page: record.page, text: record.closingText(style: .detect(descriptor: 1)),
      json: output.json)
    if !output.json, let epochs = record.recommendedWarmupEpochs, record.configMultiple > 1 {
      printResult("take over  isotherm plan \(config.config) --linearity \(folder.path)")
      printResult("or         --set '\(WarmupAdvice.setting(epochs: epochs))'")
    }
  }
}

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
