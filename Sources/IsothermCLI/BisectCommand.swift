import ArgumentParser
import Charts
import Configuration
import Foundation
import JSON
import Kernels
import Keys
import Records
import Replays
import Reports

struct BisectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bisect",
    abstract: "Finds the first step, tensor and element in which two runs differ, and what causes it.",
    discussion: """
      Configs, data, recorded losses and saves are compared first; then both runs are computed from the last state in which \
      they are equal until they no longer are: rate, samples, layers, loss, gradient and update are compared in that order.

        isotherm bisect runs/yesterday runs/today
        isotherm bisect runs/yesterday latest --json
      """)

  @Argument(help: "A run directory; latest is the newest run in runs.", completion: .directory)
  var first: String

  @Argument(help: "The other.", completion: .directory)
  var second: String

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "Changes a key of both runs' configs, such as data.path where the data were moved. Repeatable.",
      valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func run() throws {
    _ = try KernelPath.requested()
    let bisection = Bisection(try open(first), try open(second))
    var progress: StepProgress?
    let record = try bisection.run { step, steps in
      progress = progress ?? StepProgress(until: steps, activity: "comparing step", quiet: outputOptions.quiet)
      progress?.update(step)
    }
    progress?.finish()
    printResult(outputOptions.json ? JSONText.pretty(record) : record.text(style: .detect(descriptor: 1)))
  }

  private func open(_ path: String) throws -> RecordedRun {
    try RecordedRun(
      folder: try LatestRun.use(path, .metrics), overrides: overrides.map { try Override($0) },
      threads: threadOptions.threads, load: { try loadData($0, quiet: outputOptions.quiet) })
  }
}
