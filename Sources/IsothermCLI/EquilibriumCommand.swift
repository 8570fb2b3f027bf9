import Keys
import Datasets
import Records
import Configuration
import Kernels
import Studies
import ArgumentParser

#if LiveView
  import LiveView
#endif

struct EquilibriumCommand: RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: EquilibriumStudy.name,
    abstract: "Measures the loss distribution that SGD settles into, over learning rates, batches and momenta.",
    discussion: """
      Samples are drawn independently and momentum is heavy ball's, whatever the config says. The training loss with \
      ½λ|w|² is measured along chains that begin at its minimum. Use a convex model or weight decay, and no batch norm. \
      The study can be stopped at any time and continues with --resume DIR; a finished chain is never run twice.

        isotherm equilibrium digits.json --learning-rates 0.05,0.1 --momenta 0,0.9
        isotherm equilibrium digits.json --temperatures 0.001,0.002 --steps 50000
        isotherm equilibrium --resume studies/digits-equilibrium-20260131-120000
      """)

  @Argument(help: "The run's JSON config; not with --resume.", completion: .file(extensions: ["json"]))
  var config: String?

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  @Option(help: ArgumentHelp("Learning rates, separated by commas.", valueName: "rates")) var learningRates:
    NumberList<Double>?
  @Option(
    help: ArgumentHelp(
      "Temperature indices η/(B(1−m)) in place of learning rates; η follows for each batch and momentum.",
      valueName: "numbers"))
  var temperatures: NumberList<Double>?
  @Option(help: ArgumentHelp("Batches, separated by commas. (default: 32,64)", valueName: "sizes"))
  var batches: NumberList<Int>?
  @Option(help: ArgumentHelp("Momenta, separated by commas. (default: 0.0,0.9)", valueName: "numbers"))
  var momenta: NumberList<Double>?
  @Option(help: ArgumentHelp("Steps of each chain, burn-in included. (default: 20000)", valueName: "count"))
  var steps: Int?
  @Option(
    help: ArgumentHelp(
      "Steps between two measurements of the full loss. Default: about 4,000 measurements a chain.", valueName: "count")
  )
  var every: Int?
  @Flag(help: "Also runs up to three cells with one shuffle an epoch.") var reshuffle = false
  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp("Continues the study in this directory.", valueName: "dir"), completion: .directory)
  var resume: String?

  private static let defaultSteps = 20_000
  /// Cells of the grid, at most: more would take years.
  private static let mostCells = 10_000

  func validate() throws {
    if resume != nil { return try validateResumed() }
    if config == nil { throw ValidationError("give a config, or --resume DIR") }
    if learningRates != nil, temperatures != nil {
      throw ValidationError("give either --learning-rates or --temperatures, not both")
    }
    for (name, list) in [("--learning-rates", learningRates), ("--temperatures", temperatures)] {
      try list?.validate(name, in: OptionRange.rates)
    }
    try batches?.validate("--batches", in: OptionRange.batches)
    try momenta?.validate("--momenta", in: 0...Double(1).nextDown)
    let steps = steps ?? Self.defaultSteps
    try OptionRange.require("--steps", steps, in: 200...OptionRange.mostSteps)
    let counts = [
      learningRates?.values.count ?? temperatures?.values.count, batches?.values.count, momenta?.values.count,
    ]
    guard counts.reduce(1, { Int.saturatingProduct($0, $1 ?? 2) }) <= Self.mostCells else {
      throw ValidationError("the lists make more than \(Self.mostCells) cells; give fewer numbers")
    }
    if let every, every < 1 || every > steps / 100 {
      throw ValidationError("--every: found \(every), allowed is 1 to a hundredth of --steps, \(steps / 100)")
    }
  }

  private func validateResumed() throws {
    if config != nil || !overrides.isEmpty {
      throw ValidationError("--resume takes the study's own config; leave the config and --set out")
    }
    if study.out != nil { throw ValidationError("--out cannot be used with --resume") }
    let given: [(String, Bool)] = [
      ("--learning-rates", learningRates != nil), ("--temperatures", temperatures != nil),
      ("--batches", batches != nil),
      ("--momenta", momenta != nil), ("--steps", steps != nil), ("--every", every != nil), ("--reshuffle", reshuffle),
    ]
    if let (option, _) = given.first(where: \.1) {
      throw ValidationError("\(option) would change the study that --resume continues; leave it out")
    }
  }

  func prepare() throws -> StudyTask<EquilibriumStudy> {
    let earlier = try resume.map { try EquilibriumFolder(resuming: $0) }
    let configuration = try ConfigurationOptions.load(
      resume.map { $0 + "/" + StudyFileName.configuration } ?? config ?? "", overrides: overrides)
    let splits = try loadData(configuration, quiet: output.quiet)
    var equilibrium = earlier?.study ?? makeStudy()
    equilibrium.threads = threadOptions.count(configuration)
    try equilibrium.check(configuration, splits: splits)
    return StudyTask(study: equilibrium, configuration: configuration, splits: splits, folder: earlier?.folder)
  }

  private func makeStudy() -> EquilibriumStudy {
    let (batches, momenta) = (batches?.values ?? [32, 64], momenta?.values ?? [0, 0.9])
    let cells =
      if let temperatures {
        EquilibriumStudy.grid(temperatures: temperatures.values, batches: batches, momenta: momenta)
      } else {
        EquilibriumStudy.grid(
          learningRates: learningRates?.values ?? [0.05, 0.1], batches: batches, momenta: momenta)
      }
    var equilibrium = EquilibriumStudy(cells: cells, steps: steps ?? Self.defaultSteps, interval: every)
    equilibrium.comparesReshuffling = reshuffle
    return equilibrium
  }

  /// The directory is there from the start, with a piece for all that was measured.
  func carryOut(
    _ task: inout StudyTask<EquilibriumStudy>, _ monitor: StudyMonitor, _ server: LiveServer?
  ) throws -> EquilibriumRecord {
    defer { monitor.finish() }
    SignalHandling.begin(.working)
    let folder = try task.folder ?? study.makeFolder(EquilibriumRecord.kind, task.configuration)
    task.folder = folder
    var pieces: StudyPieces?
    if task.study.earlier == nil {
      pieces = try StudyPieces(of: folder, EquilibriumPlan(task.study, task.configuration, task.splits))
    }
    let record = try task.study.run(
      task.configuration, splits: task.splits, keeping: pieces, stop: SignalHandling.stop, progress: monitor.show)
    monitor.finish()
    guard let record else {
      printRemark("interrupted; continue with  isotherm equilibrium --resume \(folder.path)")
      throw ExitCode(Failure.interrupted)
    }
    SignalHandling.begin(.finishing)
    try folder.publish(record, as: output)
    try StudyPieces(of: folder).remove(first: EquilibriumPlan.name)
    return record
  }

  func conclude(_ record: EquilibriumRecord, _ task: StudyTask<EquilibriumStudy>) -> Int32? {
    record.runs.isEmpty ? Failure.diverged : nil
  }
}
