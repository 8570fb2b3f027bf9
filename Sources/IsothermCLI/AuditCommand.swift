import ArgumentParser
import Charts
import Configuration
import Foundation
import JSON
import Keys
import Records
import Replays
import Reports

struct AuditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Asks whether a run is what its receipt says, and computes random parts of it again.",
    discussion: """
      The run's config needs "receipt": {}, by which train leaves receipt.jsonl, a chain of digests of data, config, \
      samples, losses and weights. The chain, the data, the config and all checkpoints are always checked; segments \
      between two lines of the receipt are chosen at random and computed again, with any number of threads. The exit \
      code is 1 where anything is not as the receipt says.

        isotherm audit runs/digits
        isotherm audit latest --share 1                 # computes all of it again
        isotherm audit runs/digits --set data.path=/data --json
      """)

  @Argument(
    help: ArgumentHelp("A run directory, or latest for the newest in runs.", valueName: "run"), completion: .directory)
  var folder: String

  @Option(help: ArgumentHelp("Share of the segments that is computed again, 0…1.", valueName: "share"))
  var share = 0.05

  @Option(help: ArgumentHelp("Chooses the segments. Default: a random one, which is printed.", valueName: "number"))
  var seed: UInt64?

  @Option(name: .customLong("set"), help: .override)
  var overrides: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var output: OutputOptions

  func validate() throws {
    guard share >= 0, share <= 1 else { throw ValidationError("--share: found \(share), allowed is 0 to 1") }
  }

  func run() throws {
    let path = try LatestRun.use(folder, .metrics)
    let recorded = try RecordedRun(
      folder: path, overrides: try overrides.map { try Override($0) }, threads: threadOptions.threads,
      load: { try loadData($0, quiet: output.quiet) })
    var audit = try Audit(recorded, share: share, seed: seed ?? .random(in: 0 ... .max >> 1))
    let writer = ProgressWriter(quiet: output.quiet)
    let start = Date()
    let record = try audit.result { done, total in
      let left = -start.timeIntervalSinceNow / Double(done) * Double(total - done)
      writer.update(ProgressState(step: done, steps: total, secondsLeft: left, activity: "computing again"))
    }
    writer.finish()
    if output.json {
      printResult(JSONText.pretty(record))
    } else {
      printResult(record.closingText(style: .detect(descriptor: 1)))
    }
    if record.outcome != .sound { throw ExitCode(Failure.runTime) }
  }
}
