import Calendars
import Optimizers
import Configuration
import Observers
import Charts
import Checkpoints
import Records
import Reports
import JSON
import Datasets
import Coordinator
import Gradients
import MPICollective
import ArgumentParser
import Foundation

#if LiveView
  import LiveView
#endif

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a network and leaves a run directory with weights, metrics and a report.",
    discussion: """
      A run that is interrupted (Ctrl-C) is saved first, and continues with --resume to the same bits.

        isotherm train digits.json
        isotherm train digits.json --dry-run            # checks all, trains nothing
        isotherm train digits.json --set batch.size=128 --set epochs=20 --threads 4
        isotherm train digits.json --seeds 8            # eight seeds, side by side
        isotherm train digits.json --init runs/old      # begins with its weights
        isotherm train digits.json --trap-nan           # stops at the first NaN
        isotherm train --resume latest                  # continues the newest run
        isotherm train --resume latest --set epochs=60  # for longer than planned
      """)

  @Argument(help: "The run's JSON config; not with --resume.", completion: .file(extensions: ["json"]))
  var config: String?

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  @Option(
    help: ArgumentHelp(
      "The run directory. Default: runs/NAME-YYYYMMDD-HHMMSS, or runs/NAME-seeds-… of several seeds.", valueName: "dir"),
    completion: .directory)
  var out: String?

  @Option(
    help: ArgumentHelp(
      """
      Trains this many seeds side by side, the config's and those after it, each on its share of the threads: a directory \
      with a run for each seed, their mean, spread and 95 % interval. Exit code 4 if all diverged, 5 if none reached the target.
      """, valueName: "count"))
  var seeds: Int?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Starts from the weights of a safetensors file, or of a run directory.", valueName: "file"), completion: .file())
  var initialWeights: String?

  @Flag(
    help: """
      With --init: takes the tensors whose names and shapes match; the last layer keeps its initial values where the \
      file is of a model for other classes.
      """)
  var initPartial = false

  @Option(
    help: ArgumentHelp(
      """
      Continues the run in this directory, from its newest checkpoint; with --set epochs=N for longer than it was \
      planned for. latest is the newest run in runs that has a checkpoint.
      """, valueName: "dir"), completion: .directory)
  var resume: String?

  @Flag(help: "With --resume: continues although data, config or kernels are not those that the run began with.")
  var acceptChanges = false

  @Flag(help: "Checks config, data, memory and weights and prints the plan; trains nothing and writes nothing.")
  var dryRun = false

  @Flag(
    help: """
      Looks at all activations and gradients of every microbatch, and stops at the first that is NaN or infinite, before the \
      update; else only losses and weights are looked at.
      """)
  var trapNan = false

  @OptionGroup var live: LiveOptions
  @OptionGroup var trace: TraceOptions

  func validate() throws {
    try validateSeeds()
    if dryRun, resume != nil, let size = overrides.first(where: Self.isBatch) {
      throw ValidationError("--set \(size) changes a run on its way, which --dry-run does not try")
    }
    if dryRun, live.port != nil { throw ValidationError("--live cannot be used with --dry-run: nothing is trained") }
    if acceptChanges, resume == nil { throw ValidationError("--accept-changes needs --resume") }
    if initPartial, initialWeights == nil { throw ValidationError("--init-partial needs --init") }
    if resume != nil {
      if config != nil { throw ValidationError("--resume takes the run's own config; leave \(config ?? "") out") }
      if let other = overrides.first(where: { !Self.isBatch($0) && !Self.isResumable($0) }) {
        throw ValidationError(
          "--set \(other) would change the run that --resume continues; allowed: \(ResumableKeys.phrase)")
      }
      if out != nil || initialWeights != nil { throw ValidationError("--out and --init cannot be used with --resume") }
    } else if config == nil {
      throw ValidationError("give a config, or --resume RUNDIR")
    }
  }

  private static func isBatch(_ override: String) -> Bool { override.hasPrefix("batch.size=") }

  /// Whether an override changes what a run that goes on may change.
  private static func isResumable(_ override: String) -> Bool {
    ResumableKeys.contains(String(override.prefix { $0 != "=" }))
  }

  func run() throws {
    if let seeds { return try trainSeeds(seeds) }
    if let resume, ReplicasSummary.isThere(folder: resume) { return try resumeSeeds(resume) }
    if let resume, ComparisonRecord.isThere(folder: resume) {
      throw ReportTargetError(
        path: resume, message: "is a comparison; continue it with isotherm compare --resume \(resume)")
    }
    if dryRun { return try rehearse() }
    let collective = try RankedRun.join()
    if let collective, collective.rank > 0 { return try follow(collective) }
    try lead(collective ?? LocalCollective())
  }

  /// The part of a run's only rank, or its first.
  private func lead(_ collective: any Collective) throws {
    let (plan, server, folder) = try prepare()
    try RankedRun.announce(plan.configuration)
    let writer = ProgressWriter(quiet: output.quiet)
    let trainer = try Trainer(plan, recordingIn: folder, collective: collective) { [quiet = output.quiet] words in
      quiet ? printRemark("note: \(words)") : writer.message("note: \(words)")
    }
    trainer.trapsNotFinite = trapNan
    for note in RankedRun.notes(plan) + plan.notes where !output.quiet { printRemark("note: \(note)") }
    try takeWeights(trainer, folder)
    try begin(trainer)

    if let server {
      let live = LiveRun(plan, folder: URL(fileURLWithPath: folder.path))
      server.show { live }
      trainer.add(live)
    }
    let traced = try trace.start(trainer)
    if !output.quiet { trainer.add(TerminalMonitor(plan, writer: writer)) }
    let result = try trainer.train(stop: SignalHandling.stop)
    SignalHandling.begin(.finishing)
    for failure in result.observerFailures { printRemark("note: \(failure)") }
    try report(result, plan, folder, server, traced)
    RankedRun.leave()
    if let code = exitCode(result.outcome, plan) { throw ExitCode(code) }
  }

  /// Takes initial weights from a file, or all of a run that goes on.
  private func takeWeights(_ trainer: Trainer, _ folder: RunFolder) throws {
    if let initialWeights {
      let loaded = try trainer.initialize(from: initialWeights, isPartial: initPartial)
      for note in loaded.notes where !output.quiet { printRemark("note: \(note)") }
    }
    guard resume != nil else { return }
    for remark in try trainer.resume(acceptingChanges: acceptChanges) { printRemark("note: \(remark)") }
    if !overrides.isEmpty, trainer.progress.outcome == nil { try folder.write(trainer.plan.configuration) }
  }

  /// Writes the run's page, and says what came out.
  private func report(
    _ result: RunResult, _ plan: RunPlan, _ folder: RunFolder, _ server: LiveServer?, _ traced: TraceFile?
  ) throws {
    try folder.requirePlace()
    guard FileManager.default.fileExists(atPath: folder.path + "/" + RunRecord.FileName.metrics) else {
      throw CheckpointError(
        path: folder.path, found: "files of it were removed while the run was running",
        remedy: "What is left is not a run directory: train again, into another folder")
    }
    let record = try RunRecord(folder: URL(fileURLWithPath: folder.path))
    try AtomicFile.write(RunReport.page(record).html(), to: folder.path + "/" + RunRecord.FileName.report)
    server?.finish()
    if output.json {
      printResult(JSONText.pretty(result.summary))
    } else if output.quiet {
      printResult(result.summary.closingSentence(folder: folder.path))
    } else {
      printResult(
        result.summary.closingText(
          folder: folder.path, advice: DivergenceAdvice.lines(record), style: .detect(descriptor: 1)))
      printResult(TextPlot(RunCharts.loss(record)).render(.detect(descriptor: 1)))
    }
    if let traced, !output.quiet { output.json ? printRemark(traced.closingText()) : printResult(traced.closingText()) }
  }

  private func prepare() throws -> (RunPlan, LiveServer?, RunFolder) {
    if let resume { return try prepare(resuming: LatestRun.use(resume, .checkpoint)) }
    let plan = try preparePlan()
    let server = try live.start()
    // From here on there is something to save, or a directory that shall not be left half made.
    SignalHandling.begin(.working)
    let path = try out ?? NewFolder.make(stem: "runs/\(plan.configuration.name)")
    return (plan, server, try RunFolder(creating: path, configuration: plan.configuration))
  }

  /// The plan of a new run. Neither memory that is not given, nor weights that do not fit, nor a port that is taken must
  /// leave a run directory behind.
  func preparePlan() throws -> RunPlan {
    let configuration = try ConfigurationOptions.load(config ?? "", overrides: overrides)
    try RankedRun.announce(configuration)
    let plan = try makePlan(configuration, try loadData(configuration, quiet: output.quiet))
    try MemoryEstimate(plan).requireAllocation()
    if let initialWeights { try plan.requireWeights(from: initialWeights, isPartial: initPartial) }
    try trace.check(plan, creating: out)
    return plan
  }

  private func makePlan(_ configuration: RunConfiguration, _ splits: DataSplits) throws -> RunPlan {
    try RunPlan(
      configuration, splits: splits, threads: threadOptions.threads, ranks: RankedRun.ranks,
      share: RankedRun.share)
  }

  private func prepare(resuming path: String) throws -> (RunPlan, LiveServer?, RunFolder) {
    let configuration = try ConfigurationOptions.load(
      path + "/" + RunRecord.FileName.configuration, overrides: overrides.filter(Self.isResumable))
    let folder = try RunFolder(resuming: path, configuration: configuration)
    try RankedRun.announce(configuration)
    let splits: DataSplits
    do {
      splits = try loadData(configuration, quiet: output.quiet)
    } catch let error as DataError {
      printRemark(
        "note: if the data of this run are elsewhere now, say where: --set data.path=FOLDER, or data.train and data.test"
      )
      throw error
    }
    var plan = try makePlan(configuration, splits)
    let server = try live.start()
    SignalHandling.begin(.working)
    let sizes = overrides.filter(Self.isBatch)
    if !sizes.isEmpty { plan = try changeBatch(of: plan, to: sizes, in: folder) }
    return (plan, server, folder)
  }

  /// The plan of a resumed run with the batch of `--set batch.size=N` from the next epoch on.
  private func changeBatch(of plan: RunPlan, to sizes: [String], in folder: RunFolder) throws -> RunPlan {
    let path = folder.path + "/" + RunRecord.FileName.configuration
    guard plan.configuration.temperature.hold else {
      throw RunError(
        path: "temperature.hold",
        message: "found false, and another batch.size would change the run's temperature; start the run with "
          + "\"temperature\": { \"hold\": true } to change its batch on the way")
    }
    let size = try ConfigurationOptions.load(
      path, overrides: ["batch.shards=null", "batch.microbatch=null"] + sizes
    ).batch.size
    guard let step = folder.checkpoints.newestValid().checkpoint?.step else { return plan }
    let epoch = Int(plan.calendar.epoch(after: step).rounded(.up))
    let changed = try makePlan(plan.configuration.changingBatch(to: size, atEpoch: epoch), plan.splits)
    if !output.quiet {
      let first = changed.calendar.phases.last?.firstStep ?? 0
      printRemark(
        "batch \(HumanFormat.count(size)) from epoch \(epoch) on (step \(HumanFormat.count(first))), with learning rate "
          + "\(HumanFormat.short(changed.schedule.learningRate(at: first), digits: 4)): the temperature stays")
    }
    return changed
  }

  func exitCode(_ outcome: RunOutcome, _ plan: RunPlan) -> Int32? {
    switch outcome {
    case .targetReached: nil
    case .completed: plan.configuration.target == nil ? nil : Failure.targetNotReached
    case .diverged: Failure.diverged
    case .interrupted: Failure.interrupted
    }
  }
}
