import Configuration
import Coordinator
import Datasets
import Foundation
import JSON
import Observers
import Records
import Replays

extension FuzzTarget {
  private static let memory = InputFiles.shared

  /// What a run left, as one that goes on reads it, and as `audit`, `bisect` and `replay` do.
  static let runs = [
    FuzzTarget(
      "resume", otherSeeds: ["Tests/Corpus/metrics"], words: metricsWords, bytesOfByte: 4000, refusesNothing: true
    ) { try goOn($0) },
    FuzzTarget(
      "receipt", words: ["\"step\":", "\"previous\":", "\"sha256\":", "null", "\n", "{", "}"], refusesNothing: true
    ) { try readReceipt($0) },
    FuzzTarget(
      "events", words: ["events.out.tfevents.", "\n", ".", "1795806000", "9999999998", "/", "²", "-"],
      refusesNothing: true
    ) { nameEvents($0) },
    FuzzTarget(
      "failure",
      words: [
        "\"set\":", "\"training\"", "\"test\"", "\"shard\":", "\"samples\":", "\"shape\":", "\"classNames\":", "null",
        "[]", "\"part\":\"update\"", "\"firstSample\":", "\"validationSamples\":",
      ]
    ) { try replay($0) },
  ]

  private static let metricsWords = [
    "\"loss\":", "\"step\":", "\"epoch\":", "null", "\n", "{", "}", "\"testLoss\":", "1E5", "01", "+1", ".5",
  ]

  /// A small network on the digits, 40 steps: a run that any record may claim to be of.
  private static func configured(_ more: String = "") throws -> RunConfiguration {
    try RunConfiguration.decode(
      """
      { "name": "fuzz", "seed": 7, "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [8] },
        "batch": { "size": 20, "shards": 2, "microbatch": 5 }, "steps": 40 \(more) }
      """, file: "fuzz.json")
  }

  // MARK: Metrics

  private static let plan = Result {
    let configuration = try configured()
    return try RunPlan(configuration, splits: RunData.load(configuration), threads: 1)
  }

  /// What stays of a file are lines of steps that were taken, and they stay when the run goes on once more.
  private static func goOn(_ input: [UInt8]) throws {
    let path = try memory.write(input, RunRecord.FileName.metrics)
    var left: [Data] = []
    for _ in 0..<2 {
      let file = try MetricsFile(in: memory.path("."), of: plan.get())
      try file.observe(.started(step: 4))
      file.finish()
      // FileManager's contents of an empty file leak 4 KiB, which a hundred thousand inputs make into a failure.
      left.append(try FileHandle(forReadingFrom: URL(fileURLWithPath: path)).readToEnd() ?? Data())
    }
    guard left[0] == left[1] else { fatalError("lines that a run keeps once and not twice") }
    MetricsText.forEachRow(in: left[0]) { row in
      guard let line = row.line, line.step <= 4 else { fatalError("a line that should have gone: row \(row.number)") }
    }
    // The reader of plain rows says what the general one says.
    MetricsText.forEachRow(in: Data(input)) { row in
      guard let line = row.line, let other = try? JSONDecoder().decode(MetricsLine.self, from: Data(row.bytes)),
        JSONText.line(line) != JSONText.line(other)
      else { return }
      fatalError("a row that is read in two ways: \(JSONText.line(line)) and \(JSONText.line(other))")
    }
  }

  // MARK: Receipts

  /// Lines are read back as they are written, and each has a digest.
  private static func readReceipt(_ input: [UInt8]) throws {
    let lines = ReceiptLine.lines(Data(input))
    let again = ReceiptLine.lines(Data(lines.map { JSONText.line($0) + "\n" }.joined().utf8))
    guard lines == again else { fatalError("a receipt that is not read back as it was written") }
    for line in lines where line.digest.count != 64 { fatalError("no digest: \(line.digest)") }
    _ = try memory.write(input, RunRecord.FileName.receipt)
    try ReceiptFile(in: memory.path(".")).observe(.started(step: 4))
    let kept = ReceiptLine.lines(
      FileManager.default.contents(atPath: memory.path(RunRecord.FileName.receipt)) ?? Data())
    guard kept == Array(lines.prefix { $0.step <= 4 }) else { fatalError("a receipt that goes on otherwise") }
  }

  // MARK: Events

  /// The input's lines are names of a directory's files: TensorBoard takes a new one up behind all that have a time.
  private static func nameEvents(_ input: [UInt8]) {
    let names = String(decoding: input, as: UTF8.self).split(separator: "\n").map(String.init)
      .filter(EventFileName.isOne)
    let next = EventFileName.next(behind: names, now: 1_795_806_000, host: "a/b", process: 7)
    guard !next.contains("/"), EventFileName.isOne(next) else { fatalError("no name of a file: \(next)") }
    // Shorter numbers are none that a clock has shown since events are written.
    for name in names {
      let place = name.index(name.startIndex, offsetBy: "events.out.tfevents.".count)
      guard let seconds = EventFileName.seconds(name), seconds >= 1_000_000_000, name[place...].hasPrefix("\(seconds)")
      else { continue }
      guard Array(name.utf8).lexicographicallyPrecedes(Array(next.utf8)) else {
        fatalError("\(next) does not come behind \(name)")
      }
    }
  }

  // MARK: Failures

  /// The bundle of a run whose rate makes the weights overflow, made anew by every process.
  private static let bundle = Result {
    let folder = memory.path("run")
    let configuration = try configured(
      #", "learningRate": { "reference": 1e30, "scaling": "none", "warmup": { "kind": "none" } }"#)
    let plan = try RunPlan(configuration, splits: RunData.load(configuration), threads: 1)
    _ = try Trainer(plan, recordingIn: RunFolder(creating: folder, configuration: plan.configuration)).train()
    return folder + "/" + FailureRecord.FileName.folder
  }

  /// The input stands in the place of the bundle's record.
  private static func replay(_ input: [UInt8]) throws {
    // To put millions of samples in order takes memory and time that the input's size cannot explain, and a real bundle
    // of such data takes as much; RunPlan holds it against the machine's memory.
    if let record = try? JSONDecoder().decode(FailureRecord.self, from: Data(input)) {
      let counts = [record.data.trainingSamples, record.data.testSamples, record.data.validationSamples ?? 0]
      guard counts.allSatisfy({ $0 < 1 << 20 || $0 >= 1 << 31 }) else { throw CocoaError(.fileReadTooLarge) }
    }
    let folder = try bundle.get()
    try Data(input).write(to: URL(fileURLWithPath: folder + "/" + FailureRecord.FileName.record))
    guard let bundle = try FailureBundle(at: folder, threads: 1) else { throw CocoaError(.fileNoSuchFile) }
    _ = bundle.differences
    _ = try bundle.picture()
    _ = try bundle.replay()
  }
}
