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
      --set-b says in what it differs from A. A comparison that was interrupted or killed continues with --resume, to the \
      same bits.

        isotherm compare digits.json digits.json --set-b optimizer.momentum=0.8
        isotherm compare a.json b.json --seeds 10 --threads 4
        isotherm compare runs/a-seeds-20260131-120000 runs/b-seeds-20260131-130000
        isotherm compare --resume studies/digits-compare-20260131-120000

      Exit codes: 0 whether it is settled or not, 4 if no seed has a result in both, 75 if it was interrupted.
      """)

  @Argument(help: "A: a config, or a directory that train --seeds left; not needed with --resume.", completion: .file())
  var a: String?
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
  @Option(
    help: ArgumentHelp(
      "Continues the comparison in this directory: seeds that are done are kept, others continue from their checkpoints.",
      valueName: "dir"), completion: .directory)
  var resume: String?
  @OptionGroup var output: OutputOptions

  func validate() throws {
    try OptionRange.require("--seeds", seeds, in: OptionRange.seeds)
    if resume == nil {
      if a == nil { throw ValidationError("give A, a config or a directory of seeds, or --resume DIR") }
      if b == nil, overridesB.isEmpty { throw ValidationError("give B, or --set-b with what B has in place of A") }
      return
    }
    if out != nil { throw ValidationError("--out cannot be used with --resume") }
    guard a == nil else { return }
    let changes = overrides.filter { !$0.hasPrefix("data.") } + overridesA + overridesB
    if let other = changes.first {
      throw ValidationError(
        "\(other) would change the comparison that --resume continues; allowed: data.path, data.train and data.test with "
          + "--set, where the data are elsewhere now")
    }
  }

  func run() throws {
    let work = try resume.map(prepare(resuming:)) ?? prepareNew()
    guard let first = try train(work.a, work.names.a), let second = try train(work.b, work.names.b) else {
      printRemark("interrupted; continue with  isotherm compare --resume \(work.path)")
      throw ExitCode(Failure.interrupted)
    }
    var record = Comparison.record(
      first, second, names: work.names, folders: (work.a.folder, work.b.folder))
    record.outcome = .completed
    try publish(record, in: work.path)
    if record.differences.isEmpty { throw ExitCode(Failure.diverged) }
  }

  /// A comparison that is ready to be carried out.
  struct Work {
    var path: String
    var a: ComparedSide
    var b: ComparedSide
    var names: (a: String, b: String)
  }

  /// One that is new: its directory has both configs and a record from the start.
  private func prepareNew() throws -> Work {
    if let out { try NewFolder.requireFree(out) }
    let a = self.a ?? ""
    var sides = (a: try side(a, overridesA), b: try side(b ?? a, overridesB))
    let names = ComparedSide.names(sides.a, sides.b)
    let seeds = try seeds(sides.a, sides.b)
    let shared = try prepare(&sides.a, seeds, sharing: nil)
    _ = try prepare(&sides.b, seeds, sharing: shared)
    tell(sides.a.notes + sides.b.notes)
    SignalHandling.begin(.working)
    let path = try out ?? NewFolder.make(stem: "studies/\(sides.a.configuration.name)-compare")
    if out != nil { try NewFolder.make(path) }
    let summaries = (a: try sides.a.begin(in: path + "/a"), b: try sides.b.begin(in: path + "/b"))
    var record = Comparison.record(
      summaries.a, summaries.b, names: names, folders: (sides.a.folder, sides.b.folder))
    record.outcome = .interrupted
    try AtomicFile.write(JSONText.pretty(record), to: path + "/" + ComparisonRecord.fileName)
    return Work(path: path, a: sides.a, b: sides.b, names: names)
  }

  /// Says each note once.
  func tell(_ notes: [String]) {
    var told: Set<String> = []
    for note in notes where !output.quiet && told.insert(note).inserted { printRemark("note: \(note)") }
  }

  // MARK: Work

  /// The seeds of one of the two; `nil` if they were interrupted.
  private func train(_ side: ComparedSide, _ name: String) throws -> ReplicasSummary? {
    guard let replicas = side.replicas, let folder = side.open else { return try ReplicasSummary(folder: side.folder) }
    let training = ReplicaTraining(replicas: replicas, quiet: output.quiet, label: name)
    let summary = try training.run(in: folder)
    if summary.outcome == .interrupted { return nil }
    if !SignalHandling.stop.isRaised { SignalHandling.begin(.working) }
    return summary
  }

  /// Leaves the record and the page, and says what came out.
  private func publish(_ record: ComparisonRecord, in path: String) throws {
    SignalHandling.begin(.finishing)
    try AtomicFile.write(JSONText.pretty(record), to: path + "/" + ComparisonRecord.fileName)
    if let page = try ReplicaPages.page(record, in: path) {
      try AtomicFile.write(page.html(), to: path + "/" + RunRecord.FileName.report)
    }
    if output.json { return printResult(JSONText.pretty(record)) }
    if output.quiet { return printResult("\(record.headline) Results: \(path)") }
    printResult(record.closingText(style: .detect(descriptor: 1)))
    printResult("results  \(path)\nreport   \(path)/\(RunRecord.FileName.report)")
  }
}
