import Calendars
import Optimizers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Observers
import Records
import TestSupport
import Testing

@Suite("A run that was stopped and resumed")
struct ResumeTests {
  private let data = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func configuration(_ method: OptimizerMethod = .sgd(momentum: 0.9, nesterov: true)) -> RunConfiguration {
    var configuration = Runs.configuration(
      Runs.convolutional, batch: 20, shards: 3, microbatch: 4, steps: 23, method: method, rate: 0.02)
    configuration.data.augmentations = [.padCrop(padding: 1), .flip]
    configuration.evaluate = EvaluationConfiguration(every: .steps(5))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
    return configuration
  }

  private func trainer(
    _ configuration: RunConfiguration, _ folder: String, resuming: Bool = false, threads: Int = 2
  ) throws -> Trainer {
    let plan = try RunPlan(configuration, splits: data, threads: threads)
    return try Trainer(
      plan,
      recordingIn: resuming
        ? RunFolder(resuming: folder, configuration: configuration)
        : RunFolder(creating: folder, configuration: configuration))
  }

  @Test(
    "has the bits of one that was not, for every optimizer",
    arguments: RuleKinds.methods + [
      .sgd(momentum: 0.9, nesterov: true), .sgd(momentum: 0, nesterov: false), .lars(momentum: 0.9, trust: 0.02),
    ])
  func interruptedEqualsUninterrupted(method: OptimizerMethod) throws {
    try withTemporaryFolder { folder in
      let configuration = configuration(method)
      let whole = try trainer(configuration, folder.path + "/whole")
      let expected = try whole.train()
      #expect(expected.outcome == .completed)

      // Stopped after 7 steps, after 13, then to the end; each time with another number of threads.
      let path = folder.path + "/parts"
      for (part, stopAfter) in [7, 13, 1000].enumerated() {
        let trainer = try trainer(configuration, path, resuming: part > 0, threads: part + 1)
        if part > 0 { try #require(try trainer.resume().isEmpty) }
        let stop = StopRequest()
        let result = try trainer.train(stop: stop) { event in
          if case .step(let step) = event, step.step == stopAfter { stop.raise() }
        }
        #expect(result.outcome == (part < 2 ? .interrupted : .completed))
        if part == 2 {
          #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
          #expect(result.summary.testLoss == expected.summary.testLoss)
          #expect(result.summary.trainLoss == expected.summary.trainLoss)
          #expect(result.summary.samples == expected.summary.samples)
          #expect(result.summary.bestStep == expected.summary.bestStep)
        }
      }
      // The metrics tell one story, too.
      func metrics(_ path: String) throws -> [MetricsLine] {
        try RunRecord(folder: URL(fileURLWithPath: path)).metrics.lines.map { line in
          var line = line
          line.samplesPerSecond = nil
          return line
        }
      }
      let (parts, uninterrupted) = (try metrics(path), try metrics(folder.path + "/whole"))
      #expect(parts == uninterrupted)
    }
  }

  @Test("after a kill goes on from the last save and ends with the same bits")
  func killed() throws {
    try withTemporaryFolder { folder in
      let configuration = configuration()
      let expected = try trainer(configuration, folder.path + "/whole").train()
      // Ten steps without a save on the way out, as a kill would leave the directory: the last save is of step 8.
      let path = folder.path + "/killed"
      struct Killed: Error {}
      do {
        let killed = try trainer(configuration, path)
        #expect(throws: Killed.self) {
          try killed.train { event in if case .step(let step) = event, step.step == 10 { throw Killed() } }
        }
      }
      let trainer = try trainer(configuration, path, resuming: true, threads: 3)
      _ = try trainer.resume()
      #expect(trainer.progress.step == 8)
      let result = try trainer.train()
      #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
    }
  }

  @Test(
    "asked to stop before its first step, a run is saved as it stands, and goes on to the same bits",
    arguments: [1, 2, 3, 7])
  func stoppedBeforeTheFirstStep(threads: Int) throws {
    try withTemporaryFolder { folder in
      let configuration = configuration()
      let path = folder.path + "/run"
      let expected = try trainer(configuration, folder.path + "/whole").train()
      let stop = StopRequest()
      stop.raise()
      let first = try trainer(configuration, path).train(stop: stop)
      #expect(first.outcome == .interrupted && first.summary.steps == 0)
      // Again: nothing happens twice.
      do {
        let second = try trainer(configuration, path, resuming: true)
        _ = try second.resume()
        #expect(try second.train(stop: stop).summary.steps == 0)
      }
      let last = try trainer(configuration, path, resuming: true, threads: threads)
      #expect(try last.resume().isEmpty)
      let result = try last.train()
      #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
      #expect(result.summary.samples == expected.summary.samples && result.outcome == .completed)
    }
  }

  @Test("ends with an error that names its directory where that was moved or removed, and makes none in its place")
  func displaced() throws {
    try withTemporaryFolder { folder in
      let configuration = configuration()
      let expected = try trainer(configuration, folder.path + "/whole").train()
      let files = FileManager.default
      for isRemoved in [false, true] {
        let (path, other) = (folder.path + "/run-\(isRemoved)", folder.path + "/other-\(isRemoved)")
        let error = #expect(throws: CheckpointError.self) {
          _ = try trainer(configuration, path).train { event in
            guard case .step(let step) = event, step.step == 10 else { return }
            try files.moveItem(atPath: path, toPath: other)
            if isRemoved { try files.removeItem(atPath: other) }
          }
        }
        #expect(error?.path == path && error?.found.contains(isRemoved ? "was removed" : "was moved") == true)
        #expect(!files.fileExists(atPath: path))
        if isRemoved { continue }
        let resumed = try trainer(configuration, other, resuming: true)
        _ = try resumed.resume()
        #expect(try resumed.train().summary.weightsSHA256 == expected.summary.weightsSHA256)
      }
    }
  }

  @Test("names a damaged newest checkpoint and uses the one before")
  func damagedCheckpoint() throws {
    try withTemporaryFolder { folder in
      let configuration = configuration()
      let path = folder.path + "/run"
      let expected = try trainer(configuration, folder.path + "/whole").train()
      do {
        let stop = StopRequest()
        _ = try trainer(configuration, path).train(stop: stop) { event in
          if case .step(let step) = event, step.step == 14 { stop.raise() }
        }
      }
      let newest = path + "/checkpoints/step-00000014.safetensors"
      let bytes = try #require(FileManager.default.contents(atPath: newest))
      for damage in ["truncated", "altered"] {
        var damaged = bytes
        if damage == "truncated" {
          damaged.removeLast(100)
        } else {
          damaged[damaged.count - 50] ^= 1
        }
        try damaged.write(to: URL(fileURLWithPath: newest))
        let trainer = try trainer(configuration, path, resuming: true)
        let rejected = try trainer.resume()
        #expect(rejected.count == 1 && rejected[0].contains("step-00000014"), "\(damage)")
        #expect(trainer.progress.step == 12)
        if damage == "altered" {
          let result = try trainer.train()
          #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
        }
      }
    }
  }

  @Test("keeps the last checkpoints and the best")
  func keeps() throws {
    try withTemporaryFolder { folder in
      _ = try trainer(configuration(), folder.path + "/run").train()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/run/checkpoints").sorted()
      #expect(
        files == [
          "best.safetensors", "step-00000016.safetensors", "step-00000020.safetensors", "step-00000023.safetensors",
        ])
    }
  }

  @Test("is refused while another one goes on in the same directory")
  func twiceAtOnce() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      do {
        let first = try trainer(configuration(), path)
        let refused = #expect(throws: RunFolderError.self) { try trainer(configuration(), path, resuming: true) }
        #expect(refused?.description.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        _ = try first.train()
      }
      _ = try trainer(configuration(), path, resuming: true).resume()
      #expect(!FileManager.default.fileExists(atPath: path + "/run.lock"))
    }
  }

  @Test("refuses a directory that is not empty, or no run")
  func wrongDirectories() throws {
    try withTemporaryFolder { folder in
      try "x".write(toFile: folder.path + "/file", atomically: true, encoding: .utf8)
      let configuration = configuration()
      let notEmpty = #expect(throws: RunFolderError.self) {
        try RunFolder(creating: folder.path, configuration: configuration)
      }
      #expect(notEmpty?.description.contains("not an empty directory") == true)
      #expect(throws: RunFolderError.self) {
        try RunFolder(creating: folder.path + "/file", configuration: configuration)
      }
      #expect(throws: RunFolderError.self) {
        try RunFolder(resuming: folder.path + "/none", configuration: configuration)
      }
      #expect(throws: RunFolderError.self) {
        try RunFolder(creating: "/proc/isotherm-test", configuration: configuration)
      }
    }
  }
}
