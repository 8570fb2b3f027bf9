import Calendars
import Models
import Observers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import TestSupport
import Testing

@Suite("A run that is over")
struct EndedRunTests {
  private let data = Runs.samples(.features(6), count: 80)

  private func configuration(target: TargetConfiguration?) -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [9]), batch: 16, shards: 2, microbatch: 8, steps: 60, rate: 0.1)
    configuration.evaluate = EvaluationConfiguration(every: .steps(5))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
    configuration.target = target
    return configuration
  }

  private func train(
    _ configuration: RunConfiguration, _ path: String, resuming: Bool,
    _ observe: (TrainingEvent) throws -> Void = { _ in }
  ) throws -> RunResult {
    let plan = try RunPlan(configuration, splits: data, threads: 2)
    let trainer = try Trainer(
      plan,
      recordingIn: resuming
        ? RunFolder(resuming: path, configuration: configuration)
        : RunFolder(creating: path, configuration: configuration))
    if resuming { #expect(try trainer.resume() == []) }
    return try trainer.train(observe: observe)
  }

  private func metrics(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path + "/" + RunRecord.FileName.metrics))
  }

  /// A target that is reached at an evaluation in the middle of the run, where no checkpoint is due.
  private func middleTarget(_ folder: URL) throws -> TargetConfiguration {
    var losses: [(step: Int, loss: Double)] = []
    _ = try train(configuration(target: nil), folder.path + "/probe", resuming: false) { event in
      if case .evaluated(let step, _, let evaluation) = event { losses.append((step, evaluation.loss)) }
    }
    let middle = try #require(losses.first { $0.step == 25 })
    #expect(losses.allSatisfy { $0.step >= 25 || $0.loss > middle.loss } && losses.last?.loss ?? 1 < middle.loss)
    return .testLoss(middle.loss)
  }

  @Test("takes no further step when it is resumed: outcome, weights and metrics stay", arguments: [true, false])
  func resumed(byTarget: Bool) throws {
    try withTemporaryFolder { folder in
      let configuration = configuration(target: byTarget ? try middleTarget(folder) : nil)
      let path = folder.path + "/run"
      let first = try train(configuration, path, resuming: false)
      #expect(first.outcome == (byTarget ? .targetReached : .completed))
      #expect(first.summary.steps == (byTarget ? 25 : 60))
      let before = try metrics(path)
      for _ in 0..<2 {
        let again = try train(configuration, path, resuming: true) { event in
          if case .step = event { Issue.record("a step after the end") }
        }
        #expect(again.outcome == first.outcome && again.summary.steps == first.summary.steps)
        #expect(again.summary.weightsSHA256 == first.summary.weightsSHA256)
        #expect(again.summary.testLoss == first.summary.testLoss)
        #expect(again.summary.bestStep == first.summary.bestStep)
        #expect(try metrics(path) == before)
      }
    }
  }

  @Test(
    "ends the same if it was killed at any moment of its last step: before, between and after its saves",
    arguments: [true, false])
  func killed(byTarget: Bool) throws {
    struct Killed: Error {}
    try withTemporaryFolder { folder in
      let configuration = configuration(target: byTarget ? try middleTarget(folder) : nil)
      let whole = folder.path + "/whole"
      let expected = try train(configuration, whole, resuming: false)
      let last = expected.summary.steps
      var events = 0
      _ = try train(configuration, folder.path + "/count", resuming: false) { event in
        if event.step == last { events += 1 }
      }
      // The step, its evaluation, a best checkpoint, the last save.
      #expect(events >= 3)
      for moment in 0..<events {
        let path = folder.path + "/killed-\(moment)"
        var seen = 0
        #expect(throws: Killed.self) {
          try train(configuration, path, resuming: false) { event in
            guard event.step == last else { return }
            if seen == moment { throw Killed() }
            seen += 1
          }
        }
        let resumed = try train(configuration, path, resuming: true)
        #expect(resumed.outcome == expected.outcome, "moment \(moment)")
        #expect(resumed.summary.weightsSHA256 == expected.summary.weightsSHA256, "moment \(moment)")
        #expect(resumed.summary.steps == last, "moment \(moment)")
        let written = try SafetensorsFile(path: path + "/weights.safetensors")
        #expect(
          try written.floats("0.weight") == SafetensorsFile(path: whole + "/weights.safetensors").floats("0.weight"))
        func steps(_ path: String) throws -> [String] {
          try RunRecord(folder: URL(fileURLWithPath: path)).metrics.lines.map { "\($0.step) \($0.isTraining)" }
        }
        #expect(try steps(path) == steps(whole), "moment \(moment)")
        // No line stands twice in the file itself either.
        let rows = String(decoding: try metrics(path), as: UTF8.self).split(separator: "\n")
        let expectedRows = try steps(whole).count
        #expect(rows.count == Set(rows).count && rows.count == expectedRows, "moment \(moment)")
      }
    }
  }
}

extension TrainingEvent {
  /// The step after which it happened; `nil` for others.
  fileprivate var step: Int? {
    switch self {
    case .step(let record): record.step
    case .evaluated(let step, _, _), .saved(_, let step): step
    default: nil
    }
  }
}
