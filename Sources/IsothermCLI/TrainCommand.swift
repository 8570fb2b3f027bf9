import ArgumentParser
import Foundation
import Isotherm

struct TrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Trains a network and leaves a run directory with weights, metrics and a report.")

  @Argument(help: "The run's JSON config; not with --resume.", completion: .file(extensions: ["json"]))
  var config: String?

  @Option(name: .customLong("set"), help: "Changes a key: KEY.PATH=VALUE, a JSON value or a bare string. Repeatable.")
  var overrides: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  @Option(help: "The run directory. Default: runs/NAME-YYYYMMDD-HHMMSS.", completion: .directory)
  var out: String?

  @Option(name: .customLong("init"), help: "Starts from the weights of a safetensors file.", completion: .file())
  var initialWeights: String?

  @Option(help: "Goes on with the run in this directory, from its newest checkpoint.", completion: .directory)
  var resume: String?

  @OptionGroup var live: LiveOptions

  func validate() throws {
    if resume != nil {
      if config != nil { throw ValidationError("--resume takes the run's own config; leave \(config ?? "") out") }
      if overrides.contains(where: { !$0.hasPrefix("batch.size=") }) || overrides.count > 1 {
        throw ValidationError(
          "--set would change the run that --resume goes on with; only batch.size may change, where temperature.hold "
            + "is true")
      }
      if out != nil || initialWeights != nil { throw ValidationError("--out and --init do not go with --resume") }
    } else if config == nil {
      throw ValidationError("give a config, or --resume RUNDIR")
    }
  }

  func run() throws {
    let (plan, server, folder) = try prepare()
    let trainer = try Trainer(plan, folder: folder)
    for note in plan.notes where !output.quiet { printRemark("note: \(note)") }
    if let initialWeights { try trainer.loadWeights(from: initialWeights) }
    if resume != nil {
      for rejected in try trainer.resume() { printRemark("note: not used: \(rejected)") }
    }

    if let server {
      let state = RunningState.Plan(
        steps: plan.steps, epochs: plan.calendar.epoch(after: plan.steps), firstStep: trainer.progress.step)
      let (name, url) = (plan.configuration.name, URL(fileURLWithPath: folder.path))
      server.show { RunWatch(folder: url, name: name, plan: state) }
    }
    let stop = StopRequest()
    let signals = SignalHandling(raising: stop)
    let monitor = TrainingMonitor(plan: plan, quiet: output.quiet)
    let result = try trainer.train(stop: stop, observe: monitor.observe)
    monitor.finish()
    signals.end()

    let record = try RunRecord(folder: URL(fileURLWithPath: folder.path))
    try AtomicFile.write(RunReport.page(record).html(), to: folder.path + "/" + RunRecord.FileName.report)
    server?.finish()
    if output.json {
      printResult(JSONText.pretty(result.summary))
    } else {
      printResult(result.summary.closingText(folder: folder.path, style: .detect(descriptor: 1)))
      printResult(TextPlot(RunCharts.loss(record)).render(.detect(descriptor: 1)))
    }
    if let code = exitCode(result.outcome, plan) { throw ExitCode(code) }
  }

  private func prepare() throws -> (RunPlan, LiveServer?, RunFolder) {
    if let resume {
      let configuration = try ConfigurationOptions.load(resume + "/" + RunRecord.FileName.configuration, overrides: [])
      let splits = try loadData(configuration, quiet: output.quiet)
      let plan = try RunPlan(configuration, splits: splits, threads: threadOptions.threads)
      let server = try live.start()
      let folder = try RunFolder(resuming: resume, configuration: plan.configuration)
      guard !overrides.isEmpty else { return (plan, server, folder) }
      return (try changeBatch(of: plan, in: folder, file: resume), server, folder)
    }
    let configuration = try ConfigurationOptions.load(config ?? "", overrides: overrides)
    let plan = try RunPlan(
      configuration, splits: try loadData(configuration, quiet: output.quiet), threads: threadOptions.threads)
    // Neither memory that is not given nor a port that is taken must leave a run directory behind.
    try MemoryEstimate(plan).requireAllocation()
    let server = try live.start()
    let path = out ?? ResultPath.free("runs/\(configuration.name)")
    return (plan, server, try RunFolder(creating: path, configuration: plan.configuration))
  }

  /// The plan of a resumed run with the batch of `--set batch.size=N` from the next epoch on, which `config.json` then
  /// knows of.
  private func changeBatch(of plan: RunPlan, in folder: RunFolder, file: String) throws -> RunPlan {
    let path = file + "/" + RunRecord.FileName.configuration
    guard plan.configuration.temperature.hold else {
      throw RunError(
        path: "temperature.hold",
        message: "found false, and another batch.size would change the run's temperature; start the run with "
          + "\"temperature\": { \"hold\": true } to change its batch on the way")
    }
    let size = try ConfigurationOptions.load(
      path, overrides: ["batch.shards=null", "batch.microbatch=null"] + overrides
    ).batch.size
    guard let step = folder.checkpoints.newestValid().checkpoint?.step else { return plan }
    let epoch = Int(plan.calendar.epoch(after: step).rounded(.up))
    let changed = try RunPlan(
      plan.configuration.changingBatch(to: size, atEpoch: epoch), splits: plan.splits, threads: threadOptions.threads)
    try folder.write(changed.configuration)
    if !output.quiet {
      let first = changed.calendar.phases.last?.firstStep ?? 0
      printRemark(
        "batch \(HumanFormat.count(size)) from epoch \(epoch) on (step \(HumanFormat.count(first))), with learning rate "
          + "\(HumanFormat.short(changed.schedule.learningRate(at: first), digits: 4)): the temperature stays")
    }
    return changed
  }

  private func exitCode(_ outcome: RunOutcome, _ plan: RunPlan) -> Int32? {
    switch outcome {
    case .targetReached: nil
    case .completed: plan.configuration.target == nil ? nil : Failure.targetNotReached
    case .diverged: Failure.diverged
    case .interrupted: Failure.interrupted
    }
  }
}
