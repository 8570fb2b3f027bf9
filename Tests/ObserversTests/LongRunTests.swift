import Configuration
import Coordinator
import Foundation
import Observers
import Records
import TestSupport
import Testing

@Suite("Lines of long runs")
struct LongRunTests {
  private func text(_ folder: URL) throws -> String {
    try String(contentsOf: folder.appendingPathComponent("run/metrics.jsonl"), encoding: .utf8)
  }

  /// The file that a run leaves which is stopped after some steps, each time some steps behind its checkpoint.
  private func file(steps: Int, stops: [Int], in folder: URL) throws -> String {
    let plan = try Runs.plan(steps: steps)
    let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
    return try withExtendedLifetime(run) {
      var start = 0
      for stop in stops + [steps] {
        let metrics = try MetricsFile(in: run.path, of: plan)
        try metrics.observe(.started(step: start))
        let end = min(steps, stop + 57)
        if start < end { for number in (start + 1)...end { try metrics.observe(.step(step(number))) } }
        metrics.finish()
        start = stop
      }
      defer { try? FileManager.default.removeItem(atPath: run.path) }
      return try text(folder)
    }
  }

  private func step(_ number: Int) -> StepRecord {
    var step = Runs.step(number)
    step.correct = number % 9
    return step
  }

  /// What the documentation says, told another way: the distance of lines doubles whenever the step has doubled.
  private func isRecorded(_ step: Int) -> Bool {
    var (end, distance) = (10_000, 1)
    while step > end { (end, distance) = (2 * end, 2 * distance) }
    return step % distance == 0
  }

  @Test("which steps have a line depends on the step alone: a run that was stopped leaves the file of one that was not")
  func interruptions() throws {
    try withTemporaryFolder { folder in
      let whole = try file(steps: 45_001, stops: [], in: folder)
      let log = MetricsLog(contents: Data(whole.utf8))
      #expect(log.training.map(\.step) == (1...45_000).filter(isRecorded) + [45_001])
      #expect(log.training.allSatisfy { $0.trainAccuracy == Double($0.step % 9) / 8 && $0.loss == 1 / Double($0.step) })
      var generator = SeededGenerator(seed: 3)
      let stops = (0..<12).map { _ in Int.random(in: 1...45_000, using: &generator) }.sorted()
      // Speed is that of the steps since the line before, which a stopped run has fewer of; here all are alike.
      #expect(try file(steps: 45_001, stops: stops, in: folder) == whole)
    }
  }

  @Test("a table and an event file have the same lines")
  func others() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 10_010)
      let table = MetricsCSV(in: folder.path, of: plan)
      try Data().write(to: folder.appendingPathComponent("metrics.jsonl"))
      try table.observe(.started(step: 9_990))
      for number in 9_991...10_009 { try table.observe(.step(Runs.step(number))) }
      let rows = try String(contentsOf: folder.appendingPathComponent("metrics.csv"), encoding: .utf8).split(
        separator: "\n")
      #expect(
        rows.dropFirst().map { $0.prefix { $0 != "," } }
          == (9_991...10_009).filter(isRecorded).map { "\($0)"[...] })
    }
  }
}
