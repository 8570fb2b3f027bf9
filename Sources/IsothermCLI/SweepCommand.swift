import Keys
import Optimizers
import Configuration
import Records
import Studies
import Datasets
import ArgumentParser

struct SweepCommand: RecordedStudyCommand {
  static let configuration = CommandConfiguration(
    commandName: SweepStudy.name,
    abstract: "Trains to a target with many batches, and shows which batch sizes still pay off.",
    discussion: """
      Every batch is trained with every seed, multiple of the learning rate and rule, until an evaluation reaches the \
      target, or until the config's length in epochs is used up. A run that diverges is a result. The sweep can be \
      stopped at any time and continues with --resume DIR; a finished run is never run twice.

        isotherm sweep digits.json --batches 64,256,1024 --target-accuracy 0.95
        isotherm sweep digits.json --batches 64,1024 --scaling linear,sqrt --seeds 5
        isotherm sweep --resume studies/digits-sweep-20260131-120000

      Exit codes: 0 if some run reached the target, 5 if none did, 75 if the sweep was interrupted; without a target, \
      4 if every run diverged.
      """)

  @Argument(
    help: "The JSON config that the runs vary; may be left out with --resume.", completion: .file(extensions: ["json"]))
  var config: String?

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  @Option(help: ArgumentHelp("Batches, separated by commas: 64,256,1024.", valueName: "sizes"))
  var batches: NumberList<Int>?

  @Option(help: ArgumentHelp("Number of seeds: the config's and those after it. (default: 3)", valueName: "count"))
  var seeds: Int?

  @Option(
    help: ArgumentHelp("Share of the test set that ends a run, 0…1. Default: the config's target.", valueName: "share"))
  var targetAccuracy: Double?

  @Option(help: ArgumentHelp("Test loss that ends a run. Default: the config's target.", valueName: "loss"))
  var targetLoss: Double?

  @Flag(help: "Trains every run for the whole budget, also past the target: to compare errors. Needs no target.")
  var toTheEnd = false

  @Option(
    help: ArgumentHelp(
      "Multiples of the scaled learning rate; the best one counts at each batch. (default: 1)", valueName: "numbers"))
  var learningRates: NumberList<Double>?

  @Option(
    help: ArgumentHelp(
      "Scaling rules to compare, separated by commas: linear, sqrt, none. Default: the config's.", valueName: "rules"),
    completion: .list(Scaling.allCases.map(\.rawValue)))
  var scaling: WordList?

  @Option(
    help: ArgumentHelp(
      "Kinds of warmup to compare, separated by commas: gradual, constant, none. Default: the config's.",
      valueName: "kinds"), completion: .list(warmupKinds))
  var warmup: WordList?

  @Option(
    help: ArgumentHelp(
      "Growth of the steps between two evaluations: the precision of steps to target. (default: 0.05)",
      valueName: "share"))
  var resolution: Double?

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var live: LiveOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp("Continues the sweep in this directory.", valueName: "dir"), completion: .directory)
  var resume: String?

  /// `learningRate.warmup.kind`.
  private static let warmupKinds = ["gradual", "constant", "none"]

  func validate() throws {
    if resume == nil {
      if config == nil { throw ValidationError("give a config, or --resume DIR") }
      if batches == nil { throw ValidationError("--batches: give the batches to compare, such as 64,256,1024") }
    } else {
      if study.out != nil { throw ValidationError("--out cannot be used with --resume") }
      if config == nil, !overrides.isEmpty {
        throw ValidationError("--set would change the sweep that --resume continues")
      }
    }
    try batches?.validate("--batches", in: OptionRange.batches)
    try learningRates?.validate("--learning-rates", in: OptionRange.rates)
    try scaling?.validate("--scaling", allowed: Scaling.allCases.map(\.rawValue))
    try warmup?.validate("--warmup", allowed: Self.warmupKinds)
    try OptionRange.require("--seeds", seeds, in: OptionRange.seeds)
    if targetAccuracy != nil, targetLoss != nil {
      throw ValidationError("--target-accuracy and --target-loss: give one of them")
    }
    if let targetAccuracy, !(targetAccuracy > 0 && targetAccuracy <= 1) {
      throw ValidationError("--target-accuracy: found \(targetAccuracy), allowed is a share above 0, up to 1")
    }
    if let targetLoss, !(targetLoss > 0 && targetLoss.isFinite) {
      throw ValidationError("--target-loss: found \(targetLoss), allowed is a number above 0")
    }
    if let resolution, !(resolution >= 0.001 && resolution <= 1) {
      throw ValidationError("--resolution: found \(resolution), allowed is 0.001 to 1")
    }
  }

  var liveView: LiveOptions? { live }

  func prepare() throws -> StudyTask<SweepStudy> {
    if let resume { return try prepare(resuming: resume) }
    let configuration = try ConfigurationOptions.load(config ?? "", overrides: overrides)
    let splits = try loadData(configuration, quiet: output.quiet)
    let sweep = SweepStudy(grid: try grid(configuration, splits), threads: threadOptions.threads)
    try sweep.check(configuration, splits: splits)
    tell(sweep.notes(configuration, splits: splits))
    return StudyTask(study: sweep, configuration: configuration, splits: splits)
  }

  func conclude(_ record: SweepRecord, _ task: StudyTask<SweepStudy>) -> Int32? {
    if !record.isComplete {
      printRemark("interrupted; continue with  isotherm sweep --resume \(task.folder?.path ?? "")")
      return Failure.interrupted
    }
    if record.grid.target != nil { return record.hasReached ? nil : Failure.targetNotReached }
    return record.points.allSatisfy { $0.outcome == .diverged } ? Failure.diverged : nil
  }

  private func prepare(resuming path: String) throws -> StudyTask<SweepStudy> {
    let old = try SweepFolder(
      resuming: path,
      configuration: try ConfigurationOptions.load(path + "/" + StudyFileName.configuration, overrides: []))
    if let config { try old.requireSame(try ConfigurationOptions.load(config, overrides: overrides), file: config) }
    try old.requireSame("--batches", batches?.values, \.batches)
    try old.requireSame("--seeds", seeds, \.seeds.count)
    try old.requireSame("--learning-rates", learningRates?.values, \.learningRates)
    try old.requireSame("--scaling", scaling?.values, \.scalings)
    try old.requireSame("--warmup", warmup?.values, \.warmups)
    try old.requireSame("--resolution", resolution, \.resolution)
    try old.requireSame("the target", target.map(Optional.some), \.target)
    try old.requireSame("--to-the-end", toTheEnd ? true : nil, \.toTheEnd)
    let splits = try loadData(old.configuration, quiet: output.quiet)
    tell(old.record.notes)
    if !old.record.points.isEmpty, !output.quiet {
      printRemark("continuing after \(old.record.points.count) of \(old.record.plannedCells) runs")
    }
    let sweep = SweepStudy(
      grid: old.record.grid, threads: threadOptions.threads ?? old.record.threads, earlier: old.record)
    return StudyTask(study: sweep, configuration: old.configuration, splits: splits, folder: old.folder)
  }

  private func tell(_ notes: [String]) {
    for note in notes where !output.quiet { printRemark("note: \(note)") }
  }

  private var target: TargetRecord? {
    targetAccuracy.map { TargetRecord(testAccuracy: $0) } ?? targetLoss.map { TargetRecord(testLoss: $0) }
  }

  private func grid(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> SweepGrid {
    let target = target ?? configuration.target.map(TargetRecord.init)
    guard target != nil || toTheEnd else {
      throw ValidationError(
        "give --target-accuracy or --target-loss, or a target in the config, or --to-the-end to compare errors at the "
          + "end of the budget")
    }
    return SweepGrid(
      batches: batches?.values ?? [], seeds: configuration.seeds(seeds ?? 3),
      learningRates: learningRates?.values ?? [1],
      scalings: scaling?.values ?? [configuration.learningRate.scaling.rawValue],
      warmups: warmup?.values ?? [configuration.learningRate.warmup.kind], target: target, toTheEnd: toTheEnd,
      epochs: configuration.length.epochCount(batch: configuration.batch.size, samples: splits.train.count),
      resolution: resolution ?? 0.05)
  }
}
