import Charts
import Checkpoints
import Configuration
import Coordinator
import JSON
import Records
import Reports
import Studies
import ArgumentParser
import Foundation

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Trains two configs with the same seeds, and says which is better, and how sure that is.",
    discussion: """
      Results are compared seed by seed: the same seed gives both the same order of samples, and the same initial weights \
      where shapes agree. The difference has its 95 % interval (paired t test), and where it is not settled the number of \
      seeds that would settle it. A and B are configs, or directories that train --seeds left; B may be left out where \
      --set-b says in what it differs from A.

        isotherm compare digits.json digits.json --set-b optimizer.momentum=0.8
        isotherm compare a.json b.json --seeds 10 --threads 4
        isotherm compare runs/a-seeds-20260131-120000 runs/b-seeds-20260131-130000

      Exit codes: 0 whether it is settled or not, 4 if no seed has a result in both, 75 if it was interrupted.
      """)

  @Argument(help: "A: a config, or a directory that train --seeds left.", completion: .file())
  var a: String
  @Argument(help: "B, which is compared with A. Default: A's config with --set-b.", completion: .file())
  var b: String?

  @Option(
    help: ArgumentHelp(
      "Number of seeds of a config: A's and those after it. Default: those of the directory, or 5.",
      valueName: "count"))
  var seeds: Int?
  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []
  @Option(name: .customLong("set-a"), help: ArgumentHelp("The same for A alone. Repeatable.", valueName: "key=value"))
  var overridesA: [String] = []
  @Option(name: .customLong("set-b"), help: ArgumentHelp("The same for B alone. Repeatable.", valueName: "key=value"))
  var overridesB: [String] = []
  @OptionGroup var threadOptions: ThreadOptions
  @Option(
    help: ArgumentHelp(
      "The directory of the comparison. Default: studies/NAME-compare-YYYYMMDD-HHMMSS.", valueName: "dir"),
    completion: .directory)
  var out: String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try OptionRange.require("--seeds", seeds, in: OptionRange.seeds)
    if b == nil, overridesB.isEmpty { throw ValidationError("give B, or --set-b with what B has in place of A") }
  }

  func run() throws {
    if let out { try NewFolder.requireFree(out) }
    var (a, b) = (try side(a, overridesA), try side(b ?? a, overridesB))
    let seeds = try seeds(a, b)
    let shared = try prepare(&a, seeds, sharing: nil)
    _ = try prepare(&b, seeds, sharing: shared)
    var told: Set<String> = []
    for note in a.notes + b.notes where !output.quiet && told.insert(note).inserted { printRemark("note: \(note)") }
    let names = Self.names(a, b)
    SignalHandling.begin(.working)
    let path = try out ?? NewFolder.make(stem: "studies/\(a.configuration.name)-compare")
    if out != nil { try NewFolder.make(path) }
    guard let first = try train(a, in: path + "/a", names.a, other: self.b ?? self.a),
      let second = try train(b, in: path + "/b", names.b, other: first.folder)
    else { throw ExitCode(Failure.interrupted) }
    let record = Comparison.record(
      first.summary, second.summary, names: names, folders: (first.folder, second.folder))
    try publish(record, first, second, names, in: path)
    if record.differences.isEmpty { throw ExitCode(Failure.diverged) }
  }

  // MARK: A and B

  /// One of the two: seeds that are trained, or to be trained.
  private struct Side {
    var configuration: RunConfiguration
    /// What `--set` and its kin have changed, in their words.
    var changes: [String]
    /// The directory of seeds that are over.
    var folder: String?
    /// What is to be done, for a config.
    var replicas: Replicas?
    /// What should be known before it runs.
    var notes: [String] = []
  }

  private func side(_ path: String, _ own: [String]) throws -> Side {
    var isDirectory: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
    guard exists, isDirectory.boolValue else {
      return Side(configuration: try ConfigurationOptions.load(path, overrides: overrides + own), changes: own)
    }
    let summary = try ReplicasSummary(folder: path)
    guard own.isEmpty, overrides.isEmpty else {
      throw ValidationError(
        "--set changes a config; \(path) is a directory of seeds that are trained: give its config.json")
    }
    guard summary.outcome != .interrupted else {
      throw ReportTargetError(
        path: path, message: "has seeds that are not over; go on with isotherm train --resume \(path), then compare")
    }
    let configuration = try ConfigurationOptions.load(path + "/" + RunRecord.FileName.configuration, overrides: [])
    return Side(configuration: configuration, changes: [], folder: path)
  }

  /// Those of the option, of a directory, or five.
  private func seeds(_ a: Side, _ b: Side) throws -> [UInt64] {
    if let seeds { return a.configuration.seeds(seeds) }
    guard let folder = a.folder ?? b.folder else { return a.configuration.seeds(5) }
    return try ReplicasSummary(folder: folder).seeds
  }

  /// Loads the data of a config, unless the other one has the same, and refuses what cannot run.
  private func prepare(_ side: inout Side, _ seeds: [UInt64], sharing other: ReplicaData?) throws -> ReplicaData? {
    guard side.folder == nil else { return other }
    let configuration = side.configuration.with(seed: seeds[0])
    let data: ReplicaData
    if let other, other.configuration == configuration.data {
      data = other
    } else {
      data = ReplicaData(configuration, splits: try loadData(configuration, quiet: output.quiet))
    }
    let replicas = Replicas(configuration, seeds: seeds, threads: threadOptions.count(configuration), data: data)
    side.notes = try replicas.check().notes
    side.replicas = replicas
    return data
  }

  /// What tells the two apart: names, else what `--set` changed, else A and B.
  private static func names(_ a: Side, _ b: Side) -> (a: String, b: String) {
    func name(_ side: Side) -> String { ([side.configuration.name] + side.changes).joined(separator: " ") }
    let names = (name(a), name(b))
    return names.0 == names.1 ? ("A", "B") : names
  }

  // MARK: Work

  /// The seeds of one of the two; `nil` if it was interrupted, which is then said.
  private func train(
    _ side: Side, in path: String, _ name: String, other: String
  ) throws -> (summary: ReplicasSummary, folder: String)? {
    if let folder = side.folder { return (try ReplicasSummary(folder: folder), folder) }
    guard let replicas = side.replicas else { return nil }
    let folder = try ReplicaFolder(
      creating: path, configuration: replicas.configuration, summary: replicas.newSummary())
    let training = ReplicaTraining(replicas: replicas, quiet: output.quiet, label: name)
    let summary = try training.run(in: folder)
    guard summary.outcome == .interrupted else {
      if !SignalHandling.stop.isRaised { SignalHandling.begin(.working) }
      return (summary, path)
    }
    let isFirst = path.hasSuffix("/a")
    printRemark(
      "interrupted; go on with  isotherm train --resume \(path)  then  isotherm compare "
        + (isFirst ? "\(path) \(other)" : "\(other) \(path)"))
    return nil
  }

  /// Leaves the record and the page, and says what came out.
  private func publish(
    _ record: ComparisonRecord, _ a: (summary: ReplicasSummary, folder: String),
    _ b: (summary: ReplicasSummary, folder: String), _ names: (a: String, b: String), in path: String
  ) throws {
    SignalHandling.begin(.finishing)
    try AtomicFile.write(JSONText.pretty(record), to: path + "/comparison.json")
    let runs = (
      a: try ReplicaPages.runs(of: a.summary, in: a.folder), b: try ReplicaPages.runs(of: b.summary, in: b.folder)
    )
    if runs.a.count + runs.b.count >= 2 {
      let page = record.page(
        runs.a + runs.b, names: runs.a.map { _ in names.a } + runs.b.map { _ in names.b })
      try AtomicFile.write(page.html(), to: path + "/" + RunRecord.FileName.report)
    }
    if output.json { return printResult(JSONText.pretty(record)) }
    if output.quiet { return printResult("\(record.headline) Results: \(path)") }
    printResult(record.closingText(style: .detect(descriptor: 1)))
    printResult("results  \(path)\nreport   \(path)/\(RunRecord.FileName.report)")
  }
}
