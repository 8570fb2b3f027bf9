import Calendars
import Configuration
import Coordinator
import Foundation
import Observers
import Records
import TestSupport
import Testing

@Suite("The metrics file")
struct MetricsFileTests {
  private func lines(_ folder: URL) throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent("run/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private func metrics(_ folder: URL, steps: Int) throws -> (RunFolder, MetricsFile) {
    let plan = try Runs.plan(steps: steps)
    let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
    return (run, try MetricsFile(in: run.path, of: plan))
  }

  @Test("has these bytes for these events")
  func bytes() throws {
    try withTemporaryFolder { folder in
      let (run, metrics) = try metrics(folder, steps: 40)
      try withExtendedLifetime(run) {
        try metrics.observe(.started(step: 0))
        try metrics.observe(.step(Runs.step(1)))
        var second = Runs.step(2)
        second.loss = .nan
        second.temperatureIndex = nil
        try metrics.observe(.step(second))
        try metrics.observe(.evaluated(step: 2, epoch: 0.2, Runs.evaluation(loss: 0.25)))
        #expect(try lines(folder).isEmpty)
        try metrics.observe(.saving(step: 2))
      }
      #expect(
        try lines(folder) == [
          #"{"epoch":0.1,"gradientNorm":2,"learningRate":0.05,"loss":1,"samplesPerSecond":1000,"step":1,"#
            + #""temperatureIndex":0.0625,"trainAccuracy":0.75}"#,
          #"{"epoch":0.2,"gradientNorm":2,"learningRate":0.05,"loss":null,"samplesPerSecond":1000,"step":2,"#
            + #""trainAccuracy":0.75}"#,
          #"{"epoch":0.2,"step":2,"testAccuracy":0.5,"testLoss":0.25}"#,
        ])
    }
  }

  @Test("a run that goes on drops the lines of the steps that it takes again, and what could not be read")
  func rewinds() throws {
    try withTemporaryFolder { folder in
      let (run, metrics) = try metrics(folder, steps: 40)
      try withExtendedLifetime(run) {
        try metrics.observe(.started(step: 0))
        for step in 1...9 { try metrics.observe(.step(Runs.step(step))) }
        metrics.finish()
        let whole = try lines(folder)
        let handle = try FileHandle(forWritingTo: folder.appendingPathComponent("run/metrics.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(whole[0].utf8.prefix(30)))
        try metrics.observe(.started(step: 7))
        #expect(try lines(folder) == Array(whole[..<7]))
        for step in 8...9 { try metrics.observe(.step(Runs.step(step))) }
        metrics.finish()
        #expect(try lines(folder) == whole)
      }
    }
  }

  @Test("a kill right after a checkpoint finds every line up to it in the file")
  func beforeCheckpoints() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 30, evaluateEvery: 5, saveEvery: 4)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let trainer = try Trainer(plan, recordingIn: run)
      var saves = 0
      _ = try trainer.train { event in
        guard case .saved(_, let step) = event else { return }
        saves += 1
        let log = try RunRecord(folder: folder.appendingPathComponent("run")).metrics
        #expect(log.training.map(\.step) == Array(1...step))
        #expect(log.evaluations.map(\.step) == Array(stride(from: 5, through: step, by: 5)))
      }
      #expect(saves >= 8)
    }
  }
}
