import Foundation
import Optimizers
import Configuration
import Coordinator
import Logging
import Observers
import Records
import TestSupport
import Testing

/// Keeps what is logged.
struct KeepingHandler: LogHandler {
  struct Entry: Sendable {
    var level: Logger.Level
    var message: String
    var metadata: Logger.Metadata

    func text(_ key: String) -> String? { metadata[key].map { "\($0)" } }
  }

  let entries: Locked<[Entry]>
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(_ entries: Locked<[Entry]>) { self.entries = entries }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let own = metadata.merging(event.metadata ?? [:]) { _, new in new }
    entries.withLock { $0.append(Entry(level: event.level, message: "\(event.message)", metadata: own)) }
  }
}

@Suite("A run in a program's log")
struct RunLogTests {
  /// The entries of a run of some steps.
  private func entries(
    _ plan: RunPlan, level: Logger.Level = .trace, folder: RunFolder? = nil
  ) throws -> [KeepingHandler.Entry] {
    let entries = Locked<[KeepingHandler.Entry]>([])
    var logger = Logger(label: "test") { _ in KeepingHandler(entries) }
    logger.logLevel = level
    let trainer = try Trainer(plan, folder: folder)
    trainer.add(RunLog(plan, logger: logger))
    _ = try trainer.train()
    return entries.withLock { $0 }
  }

  @Test("begins, is measured, saves and ends, each with its numbers")
  func course() throws {
    try withTemporaryFolder { folder in
      let plan = try Runs.plan(steps: 12, evaluateEvery: 6, saveEvery: 5)
      let run = try RunFolder(creating: folder.path + "/run", configuration: plan.configuration)
      let all = try entries(plan, folder: run)
      let words = all.filter { $0.level == .info }.map { "\($0.message) \($0.text("step") ?? "")" }
      #expect(words == ["training begins 0", "evaluation 6", "evaluation 12", "training ended "])
      // The best weights are saved too, after the evaluation that found them.
      let debug = all.filter { $0.level == .debug }
      let isSaving = debug.allSatisfy { $0.message == "checkpoint saved" }
      #expect(isSaving && Set(debug.map { $0.text("step") }).isSuperset(of: ["5", "10", "12"]))
      let notes = all.filter { $0.level == .notice }.map(\.message)
      #expect(notes == plan.notes)
      let evaluation = try #require(all.first { $0.message == "evaluation" })
      #expect(evaluation.text("set") == "test" && Double(evaluation.text("loss") ?? "") ?? -1 > 0)
      let accuracy = Double(evaluation.text("accuracy") ?? "") ?? -1
      #expect((0...1).contains(accuracy) && evaluation.text("epoch") == "0.6")
      let saved = try #require(all.first { $0.message == "checkpoint saved" })
      #expect(saved.text("path")?.hasPrefix(run.path) == true)
      let end = try #require(all.last)
      #expect(end.text("outcome") == "completed" && end.text("steps") == "12" && end.text("seconds") != nil)
      #expect(all[0].text("run") == "run" && all[0].text("threads") == "1" && all[0].text("steps") == "12")
    }
  }

  @Test("the program decides what it wants to hear")
  func levels() throws {
    let plan = try Runs.plan(steps: 3)
    #expect(try entries(plan, level: .error).isEmpty)
  }

  @Test("a run that diverges is an error there")
  func divergence() throws {
    var configuration = Runs.configuration(steps: 30)
    configuration.learningRate.reference = 1e30
    let all = try entries(RunPlan(configuration, splits: Runs.splits, threads: 1), level: .warning)
    #expect(all.map(\.level) == [.error] && all.first?.message == "training diverged")
    #expect(Int(all.first?.text("step") ?? "") ?? 0 >= 1 && all.first?.text("outcome") == "diverged")
  }
}
