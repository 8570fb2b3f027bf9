import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Observers
import Optimizers
import Records
import TestSupport
import Testing

@Suite("A run with a validation set that was stopped and resumed")
struct ValidationResumeTests {
  private let splits = ValidationRuns.splits()

  /// Short runs, since many are made: evaluations every other step, a save every third.
  private func configuration(patience: Int? = nil, target: TargetConfiguration? = nil) -> RunConfiguration {
    var configuration = ValidationRuns.configuration(steps: 16)
    configuration.stop = patience.map { StopConfiguration(patience: $0) }
    configuration.target = target
    return configuration
  }

  /// A patience that ends the run before its last step, with the best evaluation neither the first nor the last.
  private func impatient() throws -> RunConfiguration {
    for rate in [0.02, 0.05, 0.1, 0.2, 0.4] {
      for patience in [2, 1, 3] {
        var configuration = configuration(patience: patience)
        configuration.learningRate.reference = rate
        let summary = try ValidationRuns.evaluations(configuration, splits).result.summary
        if let step = summary.stoppedEarlyAtStep, let best = summary.bestStep, best > 2, best < step {
          return configuration
        }
      }
    }
    return try #require(nil as RunConfiguration?, "no patience ends the run early")
  }

  /// A run whose best evaluation no later one reaches, with its evaluations and the step behind the best.
  private func earlyBest() throws -> (RunConfiguration, [ValidationRuns.Noted], last: Int) {
    for rate in [0.05, 0.1, 0.2, 0.4, 0.02] {
      var configuration = configuration()
      configuration.learningRate.reference = rate
      let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
      if let best = ValidationRuns.best(of: noted), best.step > 2, best.step < 14 {
        return (configuration, noted, best.step + 1)
      }
    }
    return try #require(nil as (RunConfiguration, [ValidationRuns.Noted], last: Int)?, "no run gets worse")
  }

  private func targeted() throws -> RunConfiguration {
    let (noted, _) = try ValidationRuns.evaluations(configuration(), splits)
    return configuration(target: .testLoss(noted[3].evaluation.loss))
  }

  /// What has to be the same, however often a run was stopped.
  private func outcome(_ summary: RunSummary) -> [String] {
    [
      "\(summary.outcome)", "\(summary.steps)", summary.weightsSHA256, "\(summary.bestStep as Any)",
      "\(summary.bestValidationLoss as Any)", "\(summary.bestValidationAccuracy as Any)",
      "\(summary.testLoss as Any)", "\(summary.testAccuracy as Any)", "\(summary.stoppedEarlyAtStep as Any)",
      "\(summary.targetReachedAtStep as Any)", "\(summary.trainLoss as Any)",
    ]
  }

  /// Lines of `metrics.jsonl`, without what depends on the clock.
  private func metrics(_ path: String) throws -> [String] {
    let lines = try RunRecord(folder: URL(fileURLWithPath: path)).metrics.lines
    let file = try String(contentsOfFile: path + "/" + RunRecord.FileName.metrics, encoding: .utf8)
    #expect(file.split(separator: "\n").count == lines.count)
    return lines.map {
      "\($0.step) \($0.loss as Any) \($0.validationLoss as Any) \($0.validationAccuracy as Any) \($0.testLoss as Any)"
    }
  }

  private func weights(_ path: String) throws -> [Float] {
    try ValidationRuns.measured(path + "/" + RunRecord.FileName.weights, configuration(), splits).weights
  }

  @Test("ends as one that was not, whatever the step; meanwhile its file holds the best weights so far")
  func everyStep() throws {
    for configuration in [configuration(), try impatient(), try targeted()] {
      try withTemporaryFolder { folder in
        let whole = folder.path + "/whole"
        let expected = try ValidationRuns.trainer(configuration, splits, in: whole).train().summary
        let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
        for step in 1..<expected.steps {
          let path = folder.path + "/\(step)"
          do {
            let stop = StopRequest()
            let part = try ValidationRuns.trainer(configuration, splits, in: path).train(stop: stop) { event in
              if case .step(let record) = event, record.step == step { stop.raise() }
            }
            #expect(part.outcome == .interrupted && part.summary.steps == step)
            let best = ValidationRuns.best(of: noted.prefix { $0.step <= step })
            #expect(part.summary.bestStep == best?.step)
            if let best { #expect(try weights(path) == best.weights, "step \(step)") }
          }
          let trainer = try ValidationRuns.trainer(configuration, splits, in: path, resuming: true, threads: 3)
          #expect(try trainer.resume() == [])
          #expect(trainer.resumedFromStep == step)
          #expect(outcome(try trainer.train().summary) == outcome(expected), "step \(step)")
          #expect(try metrics(path) == metrics(whole), "step \(step)")
          #expect(try weights(path) == weights(whole), "step \(step)")
        }
      }
    }
  }

  @Test("ends the same if it was killed at any moment, though its best weights may be newer than its last save")
  func killed() throws {
    struct Killed: Error {}
    try withTemporaryFolder { folder in
      let configuration = try impatient()
      let whole = folder.path + "/whole"
      var events = 0
      let expected = try ValidationRuns.trainer(configuration, splits, in: whole).train { _ in events += 1 }.summary
      let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
      var resumed = 0
      for moment in 0..<events {
        let path = folder.path + "/\(moment)"
        var seen = 0
        #expect(throws: Killed.self) {
          try ValidationRuns.trainer(configuration, splits, in: path).train { _ in
            defer { seen += 1 }
            if seen == moment { throw Killed() }
          }
        }
        // Before the first save there is nothing to go on from.
        guard FileManager.default.fileExists(atPath: path + "/checkpoints/step-00000003.safetensors") else { continue }
        resumed += 1
        // Stopped once more, after a step: the file must hold what the summary says it holds.
        do {
          let trainer = try ValidationRuns.trainer(configuration, splits, in: path, resuming: true)
          _ = try trainer.resume()
          let stop = StopRequest()
          stop.raise()
          let part = try trainer.train(stop: stop).summary
          if part.outcome == .interrupted {
            let step = part.bestStep
            let best = try step.map { step in try #require(noted.first { $0.step == step }).weights }
            if let best { #expect(try weights(path) == best, "moment \(moment), best step \(step as Any)") }
          }
        }
        let trainer = try ValidationRuns.trainer(configuration, splits, in: path, resuming: true)
        _ = try trainer.resume()
        #expect(outcome(try trainer.train().summary) == outcome(expected), "moment \(moment)")
        #expect(try metrics(path) == metrics(whole), "moment \(moment)")
        #expect(try weights(path) == weights(whole), "moment \(moment)")
      }
      #expect(resumed > 20)
    }
  }

  @Test("chooses anew, with a remark, where the best weights are missing or damaged", arguments: [true, false])
  func lostBest(isMissing: Bool) throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let (configuration, noted, last) = try earlyBest()
      do {
        let stop = StopRequest()
        let part = try ValidationRuns.trainer(configuration, splits, in: path).train(stop: stop) { event in
          if case .step(let record) = event, record.step == last { stop.raise() }
        }
        try #require(part.summary.bestStep == last - 1)
      }
      let best = path + "/checkpoints/best.safetensors"
      if isMissing {
        try FileManager.default.removeItem(atPath: best)
      } else {
        let contents = try Data(contentsOf: URL(fileURLWithPath: best))
        try contents.prefix(contents.count / 2).write(to: URL(fileURLWithPath: best))
      }
      let trainer = try ValidationRuns.trainer(configuration, splits, in: path, resuming: true)
      let remarks = try trainer.resume()
      #expect(remarks.count == 1 && remarks[0].contains(best), "\(remarks)")
      let summary = try trainer.train().summary
      let expected = try #require(ValidationRuns.best(of: noted.filter { $0.step > last }))
      #expect(summary.outcome == .completed && summary.bestStep == expected.step)
      #expect(try weights(path) == expected.weights)
    }
  }

  @Test("takes no further step where it was over: metrics stay byte by byte, and the test set has one line")
  func ended() throws {
    for configuration in [configuration(), try impatient(), try targeted()] {
      try withTemporaryFolder { folder in
        let path = folder.path + "/run"
        let file = URL(fileURLWithPath: path + "/" + RunRecord.FileName.metrics)
        let first = try ValidationRuns.trainer(configuration, splits, in: path).train().summary
        let before = try Data(contentsOf: file)
        let tests = MetricsLog(contents: before).lines.filter { $0.testLoss != nil }
        #expect(tests.count == 1 && tests.first?.testLoss == first.testLoss)
        let written = try weights(path)
        for _ in 0..<2 {
          let trainer = try ValidationRuns.trainer(configuration, splits, in: path, resuming: true)
          #expect(try trainer.resume() == [])
          let again = try trainer.train { event in
            switch event {
            case .step, .evaluated: Issue.record("\(event) after the end")
            default: break
            }
          }
          #expect(outcome(again.summary) == outcome(first))
          #expect(again.evaluation?.loss == first.testLoss)
          #expect(try Data(contentsOf: file) == before)
          #expect(try weights(path) == written)
        }
      }
    }
  }
}
