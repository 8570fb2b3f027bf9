import Charts
import Checkpoints
import Configuration
import Coordinator
import Datasets
import JSON
import MPICollective
import Records
import Reports
import Studies
import ArgumentParser
import Foundation

extension TrainCommand {
  /// What goes with `--seeds`.
  func validateSeeds() throws {
    guard let seeds else { return }
    try OptionRange.require("--seeds", seeds, in: OptionRange.seeds)
    if resume != nil {
      throw ValidationError("--seeds does not go with --resume: the directory of several seeds knows which they are")
    }
    try requireSeveral("--seeds")
  }

  /// Refuses what several seeds cannot have.
  private func requireSeveral(_ option: String) throws {
    if dryRun { throw ValidationError("--dry-run tries one run; leave \(option) out to check the config") }
    if live.port != nil {
      throw ValidationError(
        "--live shows one run; leave \(option) out, or --live: the page of all seeds comes at their end")
    }
    if trace.file != nil { throw ValidationError("--trace records one run; leave \(option) out, or --trace") }
    if let launch = MPILaunch() {
      throw ValidationError(
        "\(option): found \(launch.ranks) ranks of a launcher of MPI, over which one run is spread; allowed is one process: "
          + "start train without the launcher")
    }
  }

  /// Several seeds of a new config.
  func trainSeeds(_ count: Int) throws {
    let configuration = try ConfigurationOptions.load(config ?? "", overrides: overrides)
    if let out { try NewFolder.requireFree(out) }
    let replicas = Replicas(
      configuration, seeds: configuration.seeds(count), threads: threadOptions.count(configuration),
      data: ReplicaData(configuration, splits: try loadData(configuration, quiet: output.quiet)))
    let plan = try replicas.check()
    if let initialWeights { try plan.requireWeights(from: initialWeights, isPartial: initPartial) }
    tell(plan.notes)
    SignalHandling.begin(.working)
    let path = try out ?? NewFolder.make(stem: "runs/\(configuration.name)-seeds")
    let folder = try ReplicaFolder(creating: path, configuration: configuration, summary: replicas.newSummary())
    try finish(replicas, folder)
  }

  /// Several seeds that were interrupted: those that are over are kept, others go on, and the rest begins.
  func resumeSeeds(_ path: String) throws {
    try requireSeveral("--resume of several seeds")
    if let other = overrides.first(where: { !$0.hasPrefix("data.") }) {
      throw ValidationError(
        "--set \(other) would change seeds that are done; allowed: data.path, data.train and data.test, where the data "
          + "are elsewhere now")
    }
    let folder = try ReplicaFolder(resuming: path)
    let configuration = try ConfigurationOptions.load(
      path + "/" + RunRecord.FileName.configuration, overrides: overrides)
    var replicas = Replicas(
      configuration, seeds: folder.summary.seeds, threads: threadOptions.count(configuration),
      data: ReplicaData(configuration, splits: try loadData(configuration, quiet: output.quiet)))
    replicas.acceptsChanges = acceptChanges
    try replicas.check()
    let over = folder.summary.seeds.count { if case .ended = folder.state(seed: $0) { true } else { false } }
    tell(["continuing after \(over) of \(folder.summary.seeds.count) seeds"])
    SignalHandling.begin(.working)
    try finish(replicas, folder)
  }

  private func tell(_ notes: [String]) {
    for note in notes where !output.quiet { printRemark("note: \(note)") }
  }

  /// Trains, and says what came out.
  private func finish(_ replicas: Replicas, _ folder: ReplicaFolder) throws {
    let training = ReplicaTraining(
      replicas: replicas, initialWeights: initialWeights, initPartial: initPartial, trapNan: trapNan,
      quiet: output.quiet)
    let summary = try training.run(in: folder)
    if output.json {
      printResult(JSONText.pretty(summary))
    } else if output.quiet {
      printResult(summary.closingSentence(folder: folder.path))
    } else {
      printResult(summary.closingText(folder: folder.path, style: .detect(descriptor: 1)))
    }
    if let code = Self.exitCode(summary, hasTarget: replicas.configuration.target != nil) { throw ExitCode(code) }
  }

  /// A seed that diverged is a result, as long as another one is none.
  private static func exitCode(_ summary: ReplicasSummary, hasTarget: Bool) -> Int32? {
    switch summary.outcome {
    case .interrupted: Failure.interrupted
    case .diverged: Failure.diverged
    case .completed, .targetReached: hasTarget && summary.targetReached == nil ? Failure.targetNotReached : nil
    }
  }
}
