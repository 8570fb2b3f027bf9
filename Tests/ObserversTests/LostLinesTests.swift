import Coordinator
import Foundation
import Observers
import Records
import TestSupport
import Testing

@Suite("Metrics that cannot be written")
struct LostLinesTests {
  /// A disk without any room.
  private static let full: @Sendable (FileHandle, Data) throws -> Void = { _, _ in throw POSIXError(.ENOSPC) }

  @Test(
    "do not end the run: it is said once, counted in the summary, and the weights have the same bits",
    arguments: [1, 2, 3, 7])
  func full(threads: Int) throws {
    try withTemporaryFolder { folder in
      let plan = try RunPlan(Runs.configuration(steps: 30, saveEvery: 4), splits: Runs.splits, threads: threads)
      let alone = try Trainer(plan).train().summary
      #expect(alone.metricsLinesLost == nil)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let warnings = Locked<[String]>([])
      let trainer = try Trainer(plan, folder: run)
      trainer.add(
        try MetricsFile(
          in: run.path, of: plan, warn: { words in warnings.withLock { $0.append(words) } }, write: Self.full))
      let summary = try trainer.train().summary
      #expect(summary.outcome == .completed && summary.weightsSHA256 == alone.weightsSHA256)
      // 30 steps and an evaluation after each ten of them.
      #expect(summary.metricsLinesLost == 33)
      let said = warnings.withLock { $0 }
      #expect(
        said.count == 1 && said.first?.contains("metrics.jsonl: cannot be written (No space left on device)") == true)
      let written = try JSONDecoder().decode(
        RunSummary.self, from: Data(contentsOf: URL(fileURLWithPath: run.path + "/summary.json")))
      #expect(written.metricsLinesLost == 33)
    }
  }

  @Test("wait and are written when there is room again, and none is lost then")
  func room() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 100)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let room = Locked(1000)
      try withExtendedLifetime(run) {
        let write: @Sendable (FileHandle, Data) throws -> Void = { handle, text in
          // As a disk does it: what there is room for is written, then the call fails.
          let room = room.withLock { $0 }
          try handle.write(contentsOf: text.prefix(room))
          if text.count > room { throw POSIXError(.ENOSPC) }
        }
        let metrics = try MetricsFile(in: run.path, of: plan, write: write)
        let file = folder.appendingPathComponent("run/metrics.jsonl")
        try metrics.observe(.started(step: 0))
        try metrics.observe(.step(Runs.step(1)))
        try metrics.observe(.saving(step: 1))
        let before = try Data(contentsOf: file)
        for step in 2...25 { try metrics.observe(.step(Runs.step(step))) }
        for _ in 0..<3 {
          try metrics.observe(.saving(step: 25))
          #expect(metrics.recordsLost == 24)
          // Not a byte of what did not fit is left.
          #expect(try Data(contentsOf: file) == before)
        }
        room.withLock { $0 = .max }
        for step in 26...29 { try metrics.observe(.step(Runs.step(step))) }
        try metrics.observe(.saving(step: 29))
        #expect(metrics.recordsLost == 0)
        let log = try RunRecord(folder: folder.appendingPathComponent("run")).metrics
        #expect(log.training.map(\.step) == Array(1...29) && log.unreadableLines.isEmpty && !log.isTruncated)
      }
    }
  }

  @Test("of a run that waits for long, the newest are kept and the others counted")
  func many() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 1_000_000)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      try withExtendedLifetime(run) {
        let metrics = try MetricsFile(in: run.path, of: plan, write: Self.full)
        try metrics.observe(.started(step: 0))
        for step in 1...60_000 { try metrics.observe(.step(Runs.step(step))) }
        #expect(metrics.recordsLost == 10_000 + 5_000 + 5_000 + 2_500)
      }
    }
  }

  @Test("are known to a run that goes on, since it can tell which lines there should be")
  func resumed() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 40)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      try withExtendedLifetime(run) {
        let first = try MetricsFile(in: run.path, of: plan)
        try first.observe(.started(step: 0))
        for step in 1...20 where !(7...9).contains(step) { try first.observe(.step(Runs.step(step))) }
        first.finish()
        #expect(first.recordsLost == 0)
        for (step, lost) in [(20, 3), (8, 2), (6, 0)] {
          let next = try MetricsFile(in: run.path, of: plan)
          try next.observe(.started(step: step))
          #expect(next.recordsLost == lost, "\(step)")
        }
      }
    }
  }
}
