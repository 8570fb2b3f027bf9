import Checkpoints
import Configuration
import Coordinator
import Foundation
import JSON
import Records
import Replays
import TestSupport
import Testing

/// A run is what its receipt says, or the audit says where it is not.
@Suite("An audit") struct AuditTests {
  private static let steps = 40

  /// A run with a receipt every five steps and a save every ten; all saves stay.
  private func run(_ folder: URL, _ more: String = "", name: String = "run") throws -> String {
    let path = folder.path + "/" + name
    try RecordedRuns.train(
      RecordedRuns.digits(
        steps: Self.steps, saves: #"{ "everySteps": 10, "keep": 100 }"#, #", "receipt": { "everySteps": 5 }"# + more),
      in: path)
    return path
  }

  private func audit(_ path: String, share: Double = 0, seed: UInt64 = 1, threads: Int = 2) throws -> AuditRecord {
    var audit = try Audit(RecordedRun(folder: path, threads: threads), share: share, seed: seed)
    return try audit.result()
  }

  @Test("finds nothing in a run that nobody altered, with any number of threads", arguments: [1, 2, 3, 7])
  func sound(threads: Int) throws {
    try withTemporaryFolder { folder in
      let path = try run(folder)
      let all = try audit(path, share: 1, threads: threads)
      #expect(all.outcome == .sound && all.findings.isEmpty && all.notes.isEmpty)
      #expect(all.steps == Self.steps && all.segments == 8 && all.recomputedSegments == 8)
      #expect(all.recomputedSteps == Self.steps && all.checkpoints == 4)
      #expect(all.detection.allSatisfy { $0.probability == 1 })
      let some = try audit(path, share: 0.25, threads: threads)
      #expect(some.outcome == .sound && some.recomputedSegments >= 2 && some.recomputedSegments < 8)
    }
  }

  @Test("is of a receipt that depends on no thread, no interruption and no other key")
  func receipt() throws {
    try withTemporaryFolder { folder in
      let text = { try String(contentsOfFile: $0 + "/receipt.jsonl", encoding: .utf8) }
      let whole = try text(try run(folder))
      #expect(ReceiptLine.lines(Data(whole.utf8)).map(\.step) == Array(stride(from: 5, through: 40, by: 5)))
      let configuration = try RecordedRuns.digits(
        steps: Self.steps, saves: #"{ "everySteps": 7, "keep": 1 }"#,
        #", "receipt": { "everySteps": 5 }, "guard": { "share": 0.5 }"#)
      let path = folder.path + "/parts"
      for (threads, last) in [(1, 13), (3, 22), (7, 40)] {
        try RecordedRuns.train(configuration, in: path, threads: threads, until: last)
      }
      #expect(try text(path) == whole)
    }
  }

  @Test("finds an altered label")
  func label() throws {
    try withTemporaryFolder { folder in
      let (table, path) = (folder.path + "/table.csv", folder.path + "/run")
      var rows = ["a,b,label"]
      for row in 0..<60 { rows.append("\(row % 7),\(row % 5),\(row % 3)") }
      try rows.joined(separator: "\n").write(toFile: table, atomically: true, encoding: .utf8)
      try RecordedRuns.train(RecordedRuns.table(table), in: path)
      #expect(try audit(path, share: 1).outcome == .sound)
      rows[17] = "2,1,2"
      try rows.joined(separator: "\n").write(toFile: table, atomically: true, encoding: .utf8)
      let record = try audit(path)
      #expect(record.outcome == .altered)
      #expect(record.findings.map(\.place) == ["data"])
    }
  }

  @Test(
    "finds an altered bit of a checkpoint whose digests were made anew", arguments: ["0.weight", "momentum.2.bias"])
  func checkpoint(tensor: String) throws {
    try withTemporaryFolder { folder in
      let path = try run(folder)
      let file = try SafetensorsFile(path: path + "/checkpoints/step-00000020.safetensors")
      try RecordedRuns.rewrite(file) { name, values in
        if name == tensor { values[3] = Float(bitPattern: values[3].bitPattern ^ 1) }
      }
      let record = try audit(path)
      #expect(record.findings.map(\.place) == ["checkpoints/step-00000020.safetensors"])
    }
  }

  @Test("finds a checkpoint that somebody damaged, and altered weights")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let path = try run(folder)
      let weights = try SafetensorsFile(path: path + "/weights.safetensors")
      try RecordedRuns.rewrite(weights) { name, values in if name == "2.bias" { values[0] += 1 } }
      let checkpoint = path + "/checkpoints/step-00000010.safetensors"
      var bytes = try Data(contentsOf: URL(fileURLWithPath: checkpoint))
      bytes[bytes.count - 9] ^= 4
      try bytes.write(to: URL(fileURLWithPath: checkpoint))
      #expect(
        try audit(path).findings.map(\.place) == ["checkpoints/step-00000010.safetensors", "weights.safetensors"])
    }
  }

  @Test("finds an altered, a removed and an added line", arguments: ["altered", "removed", "added"])
  func line(change: String) throws {
    try withTemporaryFolder { folder in
      let path = try run(folder)
      let file = path + "/receipt.jsonl"
      var rows = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").map(String.init)
      switch change {
      case "altered": rows[2] = rows[2].replacing(#""step":15"#, with: #""step":14"#)
      case "removed": rows.remove(at: 2)
      default: rows.insert(rows[2], at: 3)
      }
      try (rows.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
      let record = try audit(path)
      #expect(record.outcome == .altered && record.findings.contains { $0.place.hasPrefix("receipt.jsonl, line") })
    }
  }

  @Test("finds an altered rate in the config, and one in the metrics")
  func rate() throws {
    try withTemporaryFolder { folder in
      let path = try run(folder)
      let metrics = path + "/metrics.jsonl"
      let before = try String(contentsOfFile: metrics, encoding: .utf8)
      let lines = MetricsLog(contents: Data(before.utf8)).lines
      let altered = lines.map { line -> MetricsLine in
        var line = line
        if line.step == 23, line.isTraining { line.learningRate = (line.learningRate ?? 0) * 2 }
        return line
      }
      try altered.map { JSONText.line($0) + "\n" }.joined().write(toFile: metrics, atomically: true, encoding: .utf8)
      #expect(try audit(path, share: 1).findings.map(\.place) == ["metrics.jsonl, step 23"])
      try before.write(toFile: metrics, atomically: true, encoding: .utf8)
      #expect(try audit(path, share: 1).outcome == .sound)

      let file = path + "/config.json"
      let config = try String(contentsOfFile: file, encoding: .utf8)
      let forged = config.replacing(#""reference" : 0.1"#, with: #""reference" : 0.2"#)
      #expect(forged != config)
      try forged.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try audit(path).findings.map(\.place) == ["config.json"])
    }
  }

  @Test("finds a run whose author made all digests anew, at the rate that the share promises")
  func forged() throws {
    try withTemporaryFolder { folder in
      // The receipt of a run in which one line's state is invented, and every digest fits.
      let path = try run(folder)
      let file = path + "/receipt.jsonl"
      var lines = ReceiptLine.lines(try Data(contentsOf: URL(fileURLWithPath: file)))
      lines[2].stepsSHA256 = String(repeating: "ab", count: 32)
      var previous: String?
      for index in lines.indices {
        lines[index].previous = previous
        lines[index].sha256 = lines[index].digest
        previous = lines[index].sha256
      }
      try lines.map { JSONText.line($0) + "\n" }.joined().write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try audit(path).outcome == .sound)
      var found = 0.0
      var promised = 0.0
      let trials = 60
      for seed in 0..<trials {
        let record = try audit(path, share: 0.25, seed: UInt64(seed))
        found += record.outcome == .altered ? 1 : 0
        // A walk that finds something ends there, so what was promised is read off an audit of the sound run.
        promised += Double(record.recomputedSegments) / Double(record.segments)
      }
      // Two of eight segments, and those on the way to one: more than a quarter, far from all.
      #expect(found / Double(trials) > 0.25 - 0.12 && found / Double(trials) < 0.55)
      #expect(abs(found - promised) < 4 * (Double(trials) * 0.25).squareRoot())
    }
  }

  @Test("says that a run without a receipt cannot be audited")
  func none() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      try RecordedRuns.train(RecordedRuns.digits(steps: 4), in: path)
      #expect(throws: ReplayError.self) { _ = try audit(path) }
    }
  }

  @Test("states probabilities that drawing segments gives")
  func detection() {
    var record = AuditRecord(share: 0.3, seed: 1)
    record.segments = 10
    record.recomputedSegments = 3
    record.measureDetection()
    // 1 − C(7, m) ÷ C(10, m).
    #expect(record.detection.map(\.alteredSegments) == [1, 2, 5, 10])
    for (found, expected) in zip(record.detection.map(\.probability), [0.3, 1 - 21.0 / 45, 1 - 21.0 / 252, 1]) {
      #expect(abs(found - expected) < 1e-12)
    }
  }
}
