import Keys
import Datasets
import Records
import Configuration
import Studies
import ArgumentParser

struct LinearityCommand: ConfiguredStudyCommand, RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: LinearityStudy.name,
    abstract: "Compares one large step with k small ones along a run, and recommends a warmup.",
    discussion: """
      The small step is the config's reference: batch learningRate.referenceBatch, rate learningRate.reference. The run \
      takes such steps at a constant rate. `isotherm plan CONFIG --linearity STUDYDIR` uses that warmup.

        isotherm linearity digits.json
        isotherm linearity digits.json --multiples 2,4,8 --epochs 0,1,5
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(help: ArgumentHelp("Multiples k of the reference batch, separated by commas.", valueName: "numbers"))
  var multiples = NumberList([2, 4, 8, 16])
  @Option(help: ArgumentHelp("Where to measure, in epochs of the run.", valueName: "numbers"))
  var epochs = NumberList([0.0, 0.25, 0.5, 1, 2, 3, 5, 8])
  @Option(
    help: ArgumentHelp(
      "Largest relative gap that counts as linear: half the step's length, by default.", valueName: "number"))
  var tolerance = 0.5
  @Option(help: ArgumentHelp("Windows of samples that each gap is averaged over.", valueName: "count")) var repeats = 4
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try multiples.validate("--multiples", in: 2...1_000_000)
    try epochs.validate("--epochs", in: 0...1e6)
    try OptionRange.require("--tolerance", tolerance, in: OptionRange.rates)
    try OptionRange.require("--repeats", repeats, in: 1...10_000)
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> LinearityStudy {
    var linearity = LinearityStudy(
      multiples: multiples.values, epochs: epochs.values, tolerance: tolerance, repeats: repeats)
    linearity.threads = threadOptions.count(configuration)
    return linearity
  }

  func conclude(_ record: LinearityRecord, _ task: StudyTask<LinearityStudy>) -> Int32? {
    if !output.json, !output.quiet, let folder = task.folder, let epochs = record.recommendedWarmupEpochs,
      record.configMultiple > 1
    {
      printResult("take over  isotherm plan \(config.config) --linearity \(folder.path)")
      printResult("or         --set '\(WarmupAdvice.setting(epochs: epochs))'")
    }
    return nil
  }
}
