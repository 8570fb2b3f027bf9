import ArgumentParser
import Charts
import Checkpoints
import Coordinator
import Foundation
import JSON
import Kernels
import Keys
import Records
import Replays
import Reports

struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay",
    abstract:
      "Computes a failure again from its bundle, or any step of a run, and shows what passed through every layer.",
    discussion: """
      A run that diverges leaves a folder failure: with it alone, on any machine, replay finds the first number that is not \
      finite, and the sample, the weights or the rate that it came from. With --step, a step of a run is computed again from \
      the nearest checkpoint, to the bit. Exit code 1: the result is another one.

        isotherm replay runs/mnist/failure
        isotherm replay latest --step 120       # loss, layers, tensors of a step
        isotherm replay latest --step 120 --shard 0 --output step.safetensors
      """)

  @Argument(
    help: "A failure bundle, or a run directory; latest is the newest run in runs.", completion: .directory)
  var source: String

  @Option(help: ArgumentHelp("The step, as metrics.jsonl counts: from 1.", valueName: "number"))
  var step: Int?

  @Option(help: ArgumentHelp("With --step: shows layers for this shard alone, from 0.", valueName: "number"))
  var shard: Int?

  @Option(
    help: ArgumentHelp(
      "With --step: shows layers for this microbatch of each shard alone, from 0.", valueName: "number"))
  var microbatch: Int?

  @Option(
    help: ArgumentHelp("With --step: shows this layer alone, by its tensors' names without the end.", valueName: "name")
  )
  var layer: String?

  @Option(
    help: ArgumentHelp("Saves every value that is shown as a tensor of a safetensors file.", valueName: "file"),
    completion: .file(extensions: ["safetensors"]))
  var output: String?

  @Option(
    name: .customLong("set"),
    help: ArgumentHelp(
      "With --step: changes a key of the run's config, such as data.path where the data were moved. Repeatable.",
      valueName: "key=value"))
  var overrides: [String] = []

  @OptionGroup var threadOptions: ThreadOptions
  @OptionGroup var outputOptions: OutputOptions

  func validate() throws {
    if let step, step < 1 { throw ValidationError("--step: found \(step), allowed is 1 or more") }
    let others = [shard.map { _ in "--shard" }, microbatch.map { _ in "--microbatch" }, layer.map { _ in "--layer" }]
    if step == nil, let other = others.compactMap(\.self).first ?? (overrides.isEmpty ? nil : "--set") {
      throw ValidationError("\(other) needs --step")
    }
  }

  func run() throws {
    _ = try KernelPath.requested()
    let path = try LatestRun.use(source, .metrics)
    if let step { return try replay(path, step) }
    guard let bundle = try FailureBundle(at: path, threads: threadOptions.threads) else {
      throw ReplayError(
        path: path,
        message:
          "has no \(FailureRecord.FileName.record), so it is not a failure bundle; name one, or a step of a run: "
          + "--step N")
    }
    try replay(bundle)
  }

  // MARK: A failure

  private func replay(_ bundle: FailureBundle) throws {
    var (replay, kept) = try bundle.replay(keeping: output != nil)
    replay.explain()
    if let output {
      try SafetensorsFile.write(
        kept.map { SafetensorsTensor($0.name, shape: $0.shape, $0.values.view) }, to: output)
    }
    if outputOptions.json {
      printResult(JSONText.pretty(replay))
    } else {
      let style = TerminalStyle.detect(descriptor: 1)
      printResult(replay.text(picture: try tile(bundle), style: style))
      if let output { printResult("  tensors  \(output)") }
    }
    if !replay.isReproduced { throw ExitCode(Failure.runTime) }
  }

  /// The sample at fault, for the terminal.
  private func tile(_ bundle: FailureBundle) throws -> TerminalPicture.Tile? {
    try bundle.picture().map {
      TerminalPicture.Tile(bytes: $0.bytes, height: $0.height, width: $0.width, label: "")
    }
  }

  // MARK: A step

  private func replay(_ path: String, _ step: Int) throws {
    let run = try RecordedRun(
      folder: path, overrides: overrides.map { try Override($0) }, threads: threadOptions.threads,
      load: { try loadData($0, quiet: outputOptions.quiet) })
    let replayer = StepReplayer(
      run, .init(shard: shard, microbatch: microbatch, layer: layer), keeping: output != nil)
    let progress = StepProgress(until: step - 1, activity: "computing step \(step)", quiet: outputOptions.quiet)
    let result = try replayer.replay(step: step) { progress.update($0) }
    progress.finish()
    if let output { try SafetensorsFile.write(result.tensors, to: output) }
    if outputOptions.json {
      printResult(JSONText.pretty(result.record))
    } else {
      printResult(result.record.text(style: .detect(descriptor: 1)))
      if let output { printResult("  tensors  \(output)") }
    }
    if result.record.isSame == false { throw ExitCode(Failure.runTime) }
  }
}

/// Shows how far the steps have come that are computed again.
final class StepProgress {
  private let writer: ProgressWriter
  private let last: Int
  private let activity: String
  private let start = Date()
  private var first: Int?

  init(until last: Int, activity: String, quiet: Bool) {
    writer = ProgressWriter(quiet: quiet)
    self.last = last
    self.activity = activity
  }

  func update(_ step: Int) {
    let first = first ?? step - 1
    self.first = first
    let elapsed = -start.timeIntervalSinceNow
    guard elapsed > 1 else { return }
    let left = elapsed * Double(last - step) / Double(max(1, step - first))
    writer.update(ProgressState(step: step, steps: last, secondsLeft: left, activity: activity))
  }

  func finish() { writer.finish() }
}
