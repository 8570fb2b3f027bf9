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

  func validate() throws {
    if resume != nil {
      if config != nil { throw ValidationError("--resume takes the run's own config; leave \(config ?? "") out") }
      if !overrides.isEmpty { throw ValidationError("--set would change the run that --resume goes on with") }
      if out != nil || initialWeights != nil { throw ValidationError("--out and --init do not go with --resume") }
    } else if config == nil {
      throw ValidationError("give a config, or --resume RUNDIR")
    }
  }

  func run() throws {
    let (plan, folder) = try prepare()
    let trainer = try Trainer(plan, folder: folder)
    for note in plan.notes where !output.quiet { printRemark("note: \(note)") }
    if let initialWeights { try trainer.loadWeights(from: initialWeights) }
    if resume != nil {
      for rejected in try trainer.resume() { printRemark("note: not used: \(rejected)") }
    }

    let stop = StopRequest()
    let signals = SignalHandling(raising: stop)
    let monitor = TrainingMonitor(plan: plan, quiet: output.quiet)
    let result = try trainer.train(stop: stop, observe: monitor.observe)
    monitor.finish()
    signals.end()

    let record = try RunRecord(folder: URL(fileURLWithPath: folder.path))
    try AtomicFile.write(RunReport.page(record).html(), to: folder.path + "/" + RunRecord.FileName.report)
    if output.json {
      printResult(JSONText.pretty(result.summary))
    } else {
      printResult(result.summary.closingText(folder: folder.path, style: .detect(descriptor: 1)))
    }
    if let code = exitCode(result.outcome, plan) { throw ExitCode(code) }
  }

  private func prepare() throws -> (RunPlan, RunFolder) {
    if let resume {
      let configuration = try ConfigurationOptions.load(resume + "/" + RunRecord.FileName.configuration, overrides: [])
      let plan = try RunPlan(
        configuration, splits: try loadData(configuration, quiet: output.quiet), threads: threadOptions.threads)
      return (plan, try RunFolder(resuming: resume, configuration: plan.configuration))
    }
    let configuration = try ConfigurationOptions.load(config ?? "", overrides: overrides)
    let plan = try RunPlan(
      configuration, splits: try loadData(configuration, quiet: output.quiet), threads: threadOptions.threads)
    return (
      plan,
      try RunFolder(creating: out ?? ResultPath.free("runs/\(configuration.name)"), configuration: plan.configuration)
    )
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
