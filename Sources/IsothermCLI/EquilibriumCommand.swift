import Keys
import Datasets
import Records
import Configuration
import Studies
import ArgumentParser

struct EquilibriumCommand: ConfiguredStudyCommand, RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: EquilibriumStudy.name,
    abstract: "Measures the loss distribution that SGD settles into, over learning rates, batches and momenta.",
    discussion: """
      Samples are drawn independently and momentum is heavy ball's, whatever the config says. The training loss with \
      ½λ|w|² is measured along chains that begin at its minimum. Use a convex model or weight decay, and no batch norm.

        isotherm equilibrium digits.json --learning-rates 0.05,0.1 --momenta 0,0.9
        isotherm equilibrium digits.json --temperatures 0.001,0.002 --steps 50000
      """)

  @OptionGroup var config: ConfigurationOptions
  @Option(help: ArgumentHelp("Learning rates, separated by commas.", valueName: "rates")) var learningRates:
    NumberList<Double>?
  @Option(
    help: ArgumentHelp(
      "Temperature indices η/(B(1−m)) in place of learning rates; η follows for each batch and momentum.",
      valueName: "numbers"))
  var temperatures: NumberList<Double>?
  @Option(help: ArgumentHelp("Batches, separated by commas.", valueName: "sizes")) var batches = NumberList([32, 64])
  @Option(help: ArgumentHelp("Momenta, separated by commas.", valueName: "numbers")) var momenta = NumberList([
    0.0, 0.9,
  ])
  @Option(help: ArgumentHelp("Steps of each chain, burn-in included.", valueName: "count")) var steps = 20_000
  @Option(
    help: ArgumentHelp(
      "Steps between two measurements of the full loss. Default: about 4,000 measurements a chain.", valueName: "count")
  )
  var every: Int?
  @Flag(help: "Also runs up to three cells with one shuffle an epoch.") var reshuffle = false
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    if learningRates != nil, temperatures != nil {
      throw ValidationError("--learning-rates and --temperatures exclude one another")
    }
    for (name, list) in [("--learning-rates", learningRates), ("--temperatures", temperatures)] {
      try list?.validate(name, from: .leastNormalMagnitude, through: Limit.rate)
    }
    try batches.validate("--batches", from: 1, through: Limit.count)
    if let wrong = momenta.values.first(where: { !(0..<1).contains($0) }) {
      throw ValidationError("--momenta: found \(wrong), allowed are numbers from 0, below 1")
    }
    try momenta.validate("--momenta", from: 0, through: 1)
    guard (200...Limit.count).contains(steps) else {
      throw ValidationError("--steps: found \(steps), allowed is \((200...Limit.count).phrase)")
    }
    if let every, every < 1 || every > steps / 100 {
      throw ValidationError("--every: found \(every), allowed is 1 to a hundredth of --steps, \(steps / 100)")
    }
  }

  func makeStudy(_ configuration: RunConfiguration, _ splits: DataSplits) -> EquilibriumStudy {
    let cells =
      if let temperatures {
        EquilibriumStudy.grid(temperatures: temperatures.values, batches: batches.values, momenta: momenta.values)
      } else {
        EquilibriumStudy.grid(
          learningRates: learningRates?.values ?? [0.05, 0.1], batches: batches.values, momenta: momenta.values)
      }
    var equilibrium = EquilibriumStudy(cells: cells, steps: steps, interval: every)
    equilibrium.comparesReshuffling = reshuffle
    equilibrium.threads = threadOptions.count(configuration)
    return equilibrium
  }

  func conclude(_ record: EquilibriumRecord, _ task: StudyTask<EquilibriumStudy>) -> Int32? {
    record.runs.isEmpty ? Failure.diverged : nil
  }
}
