import Configuration
import Coordinator
import Datasets
import Foundation
import Library
import Logging
import Records
import TestSupport
import Testing

@Suite("A run from Swift")
struct TrainingTests {
  /// Thirty steps on the digits, with an evaluation and a save every ten.
  static func configuration(steps: Int = 30, loss: String = "crossEntropy") throws -> RunConfiguration {
    try RunConfiguration.decode(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [33] },
        "loss": { "kind": "\(loss)" }, "batch": { "size": 60, "shards": 4, "microbatch": 7 },
        "learningRate": { "reference": 0.1 }, "steps": \(steps),
        "evaluate": { "everySteps": 10 }, "checkpoint": { "everySteps": 10 } }
      """, file: "test.json")
  }

  @Test("ends with the weights of a Trainer, for every number of threads, and tells what happens in order")
  func sameBits() async throws {
    let configuration = try Self.configuration()
    let data = try DatasetLoader.load(configuration.data, seed: configuration.seed)
    let trainer = try Trainer(RunPlan(configuration, splits: data, threads: 2))
    _ = try trainer.train()
    for threads in [1, 3] {
      let training = try Training(configuration, data: data, threads: threads)
      async let ended = training.run()
      var told: [String] = []
      for await event in training.events {
        switch event {
        case .started(let step): told.append("started \(step)")
        case .step(let step): told.append("\(step.step)")
        case .evaluated(let step, _, _): told.append("evaluated \(step)")
        case .ended: told.append("ended")
        case .skipped, .histograms, .receipt, .saving, .saved: break
        }
      }
      let result = try await ended
      var expected = ["started 0"]
      for step in 1...30 { expected += step % 10 == 0 ? ["\(step)", "evaluated \(step)"] : ["\(step)"] }
      #expect(told == expected + ["ended"])
      #expect(result.outcome == .completed && result.summary.weightsSHA256 == trainer.weightsSHA256)
      #expect(result.evaluation == trainer.lastEvaluation)
      #expect(result.model.evaluate(threads: threads) == trainer.lastEvaluation)
    }
  }

  /// Holds the run that it observes after some steps, until somebody lets it go.
  private final class Holder: RunObserver, Sendable {
    let step: Int
    let reached = DispatchSemaphore(value: 0)
    let release = DispatchSemaphore(value: 0)
    var delivery: EventDelivery { .immediate }

    init(after step: Int) { self.step = step }

    func observe(_ event: TrainingEvent) {
      guard case .step(let record) = event, record.step == step else { return }
      reached.signal()
      release.wait()
    }

    /// Calls `body` while the run is held.
    func whileHeld(_ body: @escaping @Sendable () -> Void) async {
      await withCheckedContinuation { continuation in
        DispatchQueue.global().async { [self] in
          reached.wait()
          body()
          release.signal()
          continuation.resume()
        }
      }
    }
  }

  /// Keeps the words of what is logged.
  private struct Keeper: LogHandler {
    let words: Locked<[String]>
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(_ words: Locked<[String]>) { self.words = words }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { words.withLock { $0.append("\(event.level) \(event.message)") } }
  }

  @Test("remarks go to the program's log, a failed observer among them")
  func logging() async throws {
    struct Failed: Error {}
    final class Failing: RunObserver {
      func observe(_ event: TrainingEvent) throws {
        if case .evaluated = event { throw Failed() }
      }
    }
    let words = Locked<[String]>([])
    let training = try Training(
      Self.configuration(), threads: 1, logger: Logger(label: "test") { _ in Keeper(words) })
    training.add(Failing())
    _ = try await training.run()
    let told = words.withLock { $0 }.filter { !$0.hasPrefix("notice") }
    #expect(
      told == [
        "info training begins", "info evaluation", "info evaluation", "info evaluation", "info training ended",
        "warning an observer failed: Failing: Failed()",
      ])
  }

  @Test("a task that is cancelled stops its run after the step and saves it, and the run goes on to the same bits")
  func cancellation() async throws {
    let configuration = try Self.configuration()
    let whole = try await Training(configuration).run()
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let training = try Training(configuration, threads: 2, directory: folder.path)
    let holder = Holder(after: 14)
    training.add(holder)
    let task = Task { try await training.run() }
    await holder.whileHeld { task.cancel() }
    let result = try await task.value
    #expect(result.outcome == .interrupted && result.summary.steps == 14)

    let rest = try await Training(resuming: folder.path, threads: 3).run()
    #expect(rest.outcome == .completed && rest.summary.weightsSHA256 == whole.summary.weightsSHA256)
    let record = try RunRecord(folder: folder)
    #expect(record.metrics.lines.filter { $0.testLoss == nil }.map(\.step) == Array(1...30))
  }

  @Test("a run whose directory is taken ends with that error, and so do its events")
  func failure() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try Data("taken".utf8).write(to: folder.appendingPathComponent("file"))
    let training = try Training(Self.configuration(), directory: folder.path)
    await #expect(throws: RunFolderError.self) { try await training.run() }
    var events = 0
    for await _ in training.events { events += 1 }
    #expect(events == 0)
  }
}
