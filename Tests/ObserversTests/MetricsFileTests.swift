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

  @Test("a long run has a line for every so many steps, of all that lies between, and one for the last step")
  func longRuns() throws {
    try withTemporaryFolder { folder in
      // 41,000 steps: a line for every third.
      let (run, metrics) = try metrics(folder, steps: 41_000)
      try withExtendedLifetime(run) {
        try metrics.observe(.started(step: 0))
        for number in 1...41_000 {
          var step = Runs.step(number)
          step.correct = number % 3
          if !number.isMultiple(of: 3) { step.reduceSeconds += 0.004 }
          try metrics.observe(.step(step))
        }
        try metrics.finish()
      }
      let log = try RunRecord(folder: folder.appendingPathComponent("run")).metrics.lines
      #expect(log.map(\.step) == Array(stride(from: 3, to: 41_000, by: 3)) + [41_000])
      #expect(log.dropLast().allSatisfy { abs(($0.samplesPerSecond ?? 0) - 24 / 0.032) < 1e-9 })
      #expect(log.dropLast().allSatisfy { $0.trainAccuracy == 0.125 })
      #expect(log.last?.trainAccuracy == 3 / 16.0)
    }
  }

  @Test("a run that goes on drops the lines of the steps that it takes again, and what could not be read")
  func rewinds() throws {
    try withTemporaryFolder { folder in
      let (run, metrics) = try metrics(folder, steps: 40)
      try withExtendedLifetime(run) {
        try metrics.observe(.started(step: 0))
        for step in 1...9 { try metrics.observe(.step(Runs.step(step))) }
        try metrics.finish()
        let whole = try lines(folder)
        let handle = try FileHandle(forWritingTo: folder.appendingPathComponent("run/metrics.jsonl"))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(whole[0].utf8.prefix(30)))
        try metrics.observe(.started(step: 7))
        #expect(try lines(folder) == Array(whole[..<7]))
        for step in 8...9 { try metrics.observe(.step(Runs.step(step))) }
        try metrics.finish()
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

  @Test(
    "what cannot be written ends the run, with the file's name and what to do",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no device that is always full"))
  func full() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 30, saveEvery: 4)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let file = run.path + "/metrics.jsonl"
      try FileManager.default.removeItem(atPath: file)
      try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "/dev/full")
      let trainer = try Trainer(plan, folder: run)
      trainer.add(try MetricsFile(in: run.path, of: plan))
      let error = #expect(throws: RunFolderError.self) { try trainer.train() }
      #expect(
        error?.description == file
          + ": cannot be written (No space left on device); free space on its disk, then go on "
          + "with --resume " + run.path)
      #expect(error?.isUsage == false && trainer.progress.step == 4)
    }
  }
}
