import ArgumentParser
import Charts
import Coordinator
import Datasets
import Foundation
import JSON
import Reports

/// `isotherm data pack`: decodes the pictures of a folder ahead of a run.
struct DataPackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pack", abstract: "Decodes the pictures of a folder into one file, for \"dataset\": \"imageFolder\".",
    discussion: """
      Without --out the file goes to the cache directory, where a run with the same keys finds it. A file that --out names \
      can stand in data.path in place of the folder. Which pictures are for training and test is not fixed by packing.

        isotherm data pack photos/ --size 224 --resize 256
        isotherm data pack photos/ --size 96x128 --out photos.packed
      """)

  @Argument(help: "Folder with train/CLASS and test/CLASS, or with CLASS folders.", completion: .directory)
  var path: String

  @Option(help: ArgumentHelp("The file to write.", valueName: "file"), completion: .file())
  var out: String?

  @Option(
    help: ArgumentHelp(
      "Size of a sample: SIDE, or HEIGHTxWIDTH. Default: the pictures' own, where all agree.", valueName: "size"))
  var size: String?

  @Option(
    help: ArgumentHelp(
      "What each picture is scaled to cover and cropped to: SIDE, or HEIGHTxWIDTH. Default: the size.",
      valueName: "size"))
  var resize: String?

  @Option(
    help: ArgumentHelp("rgb or grey. Default: grey if all pictures are.", valueName: "color"),
    completion: .list(PictureColor.allCases.map(\.rawValue)))
  var color: String?

  @Option(
    help: ArgumentHelp("What to do with files that are damaged or not pictures: refuse or skip.", valueName: "rule"),
    completion: .list(BadSampleRule.allCases.map(\.rawValue)))
  var onBadSample = "refuse"

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Worker threads; the file does not depend on them. Default: one a core.", valueName: "count"))
  var threads: Int?

  @OptionGroup var output: OutputOptions

  /// What `data pack --json` prints.
  struct Result: Encodable {
    var file: String
    var pictures: Int
    var leftOut: Int
    var classes: Int
    var shape: [Int]
    var bytes: Int
    var seconds: Double
    var notes: [String]
  }

  func validate() throws {
    try OptionRange.require("--threads", threads, in: OptionRange.threads)
    _ = try rules()
  }

  func run() throws {
    let start = Date()
    let writer = ProgressWriter(quiet: output.quiet)
    var clock = LoadingClock()
    let packed = try RunData.pack(path, try rules(), to: out, threads: threads) { progress in
      var state = ProgressState(
        step: Int(progress.fraction * 1000), steps: 1000, secondsLeft: clock.secondsLeft(progress),
        activity: progress.file)
      state.amount = progress.amount
      state.isShare = true
      writer.update(state)
    }
    writer.finish()
    let shape = packed.pictures.storedShape
    let result = Result(
      file: packed.file, pictures: packed.pictures.count, leftOut: packed.pictures.leftOutCount,
      classes: packed.pictures.classNames.count, shape: [shape.height, shape.width, shape.channels],
      bytes: packed.pictures.byteCount, seconds: -start.timeIntervalSinceNow, notes: packed.pictures.notes)
    if output.json { return printResult(JSONText.pretty(result)) }
    for note in result.notes { printRemark("· \(note)") }
    printResult(
      """
      \(result.file): \(HumanFormat.count(result.pictures)) pictures of \(shape) in \(result.classes) classes, \
      \(HumanFormat.bytes(result.bytes)), in \(HumanFormat.duration(result.seconds))
      """)
  }

  private func rules() throws -> PackingRules {
    guard let bad = BadSampleRule(rawValue: onBadSample) else {
      throw ValidationError("--on-bad-sample: found \"\(onBadSample)\", allowed: refuse, skip")
    }
    var tone: PictureColor?
    if let color {
      tone = PictureColor(rawValue: color)
      if tone == nil { throw ValidationError("--color: found \"\(color)\", allowed: rgb, grey") }
    }
    return PackingRules(
      size: try Self.size(size, "--size"), resize: try Self.size(resize, "--resize"), color: tone, onBadSample: bad)
  }

  private static func size(_ text: String?, _ option: String) throws -> PictureSize? {
    guard let text else { return nil }
    let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(sides.count), sides.allSatisfy({ (1...PictureSize.mostPixels).contains($0) }) else {
      throw ValidationError("\(option): found \"\(text)\", allowed: 224, or 192x256 for height × width")
    }
    return PictureSize(height: sides[0], width: sides[sides.count - 1])
  }
}
