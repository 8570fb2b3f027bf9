import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Observers
import Optimizers
import Records
import TestSupport
import Testing

@Suite("A run that goes on for longer than it was planned for")
struct ExtendedRunTests {
  private let data = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 80)

  /// 5 steps an epoch.
  private func configuration(
    epochs: Double, decay: Decay = .none, method: OptimizerMethod = .sgd(momentum: 0.9, nesterov: false)
  ) -> RunConfiguration {
    var configuration = Runs.configuration(
      Runs.convolutional, batch: 16, shards: 2, microbatch: 4, method: method, rate: 0.02)
    configuration.length = .epochs(epochs)
    configuration.learningRate.decay = decay
    configuration.data.augmentations = [.padCrop(padding: 1), .flip]
    configuration.checkpoint = CheckpointConfiguration(every: .steps(3), keep: 3)
    return configuration
  }

  private struct Outcome {
    var result: RunResult
    var remarks: [String] = []
    var rates: [Double] = []
  }

  private func run(
    _ configuration: RunConfiguration, _ path: String, resuming: Bool = false, threads: Int = 2, stopAfter: Int? = nil
  ) throws -> Outcome {
    let folder =
      try resuming
      ? RunFolder(resuming: path, configuration: configuration)
      : RunFolder(creating: path, configuration: configuration)
    let trainer = try Trainer(RunPlan(configuration, splits: data, threads: threads), recordingIn: folder)
    let remarks = resuming ? try trainer.resume() : []
    let stop = StopRequest()
    var rates: [Double] = []
    let result = try trainer.train(stop: stop) { event in
      guard case .step(let step) = event else { return }
      rates.append(step.learningRate)
      if step.step == stopAfter { stop.raise() }
    }
    return Outcome(result: result, remarks: remarks, rates: rates)
  }

  @Test(
    "has the bits of one that had this length from the start, where the rate does not depend on the length",
    arguments: [Decay.none, .step(at: [.epochs(1), .epochs(3)], factor: 0.3)],
    [OptimizerMethod.sgd(momentum: 0.9, nesterov: true), .adam(AdamConfiguration())])
  func equalsWhole(decay: Decay, method: OptimizerMethod) throws {
    try withTemporaryFolder { folder in
      var (short, long) = (
        configuration(epochs: 2, decay: decay, method: method), configuration(epochs: 4, decay: decay, method: method)
      )
      short.optimizer.average = WeightAverage(decay: 0.9)
      long.optimizer.average = short.optimizer.average
      let whole = try run(long, folder.path + "/whole").result.summary
      for threads in [1, 3] {
        let path = folder.path + "/parts-\(threads)"
        let first = try run(short, path, threads: 2).result
        #expect(first.outcome == .completed && first.summary.extendedFrom == nil)
        let second = try run(long, path, resuming: true, threads: threads)
        let summary = second.result.summary
        #expect(second.result.outcome == .completed && second.rates.count == 10)
        #expect(summary.weightsSHA256 == whole.weightsSHA256)
        #expect(summary.testLoss == whole.testLoss && summary.trainLoss == whole.trainLoss)
        #expect(summary.samples == whole.samples && summary.plannedSteps == 20)
        let extended = try #require(summary.extendedFrom)
        #expect(extended.map(\.step) == [10] && extended.map(\.plannedSteps) == [10])
        let steps = try RunRecord(folder: URL(fileURLWithPath: path)).metrics.lines.filter { $0.loss != nil }.map(
          \.step)
        #expect(steps == Array(1...20))
      }
    }
  }

  @Test("keeps the steps it has taken, and follows the schedule of the new length from there on")
  func cosine() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let first = try run(configuration(epochs: 2, decay: .cosine), path)
      let long = configuration(epochs: 4, decay: .cosine)
      let second = try run(long, path, resuming: true)
      let schedule = Schedule(long.learningRate, batch: 16, steps: 20, stepsPerEpoch: 5)
      #expect(second.rates == (10..<20).map { schedule.learningRate(at: $0) })
      let extended = try #require(second.result.summary.extendedFrom?.first)
      #expect(extended.learningRateBefore == first.rates.last && extended.learningRateAfter == second.rates.first)
      let words = second.remarks.joined(separator: "\n")
      #expect(words.contains("continues with epochs: 4 in place of 2"))
      #expect(words.contains("the run is to have 20 in place of 10") && words.contains("learning rate is 0.01"))
    }
  }

  @Test("is the same run where it was interrupted on both sides of the change")
  func interrupted() throws {
    try withTemporaryFolder { folder in
      let whole = try run(configuration(epochs: 4), folder.path + "/whole").result.summary
      let path = folder.path + "/parts"
      #expect(try run(configuration(epochs: 2), path, stopAfter: 7).result.outcome == .interrupted)
      let second = try run(configuration(epochs: 4), path, resuming: true, stopAfter: 12)
      #expect(second.result.outcome == .interrupted && second.result.summary.extendedFrom?.map(\.step) == [7])
      let third = try run(configuration(epochs: 4), path, resuming: true)
      #expect(third.remarks == [] && third.result.outcome == .completed)
      #expect(third.result.summary.extendedFrom?.map(\.step) == [7])
      #expect(third.result.summary.weightsSHA256 == whole.weightsSHA256)
    }
  }

  @Test("cannot be made shorter than it is; as long as it is, it is over")
  func shortened() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      _ = try run(configuration(epochs: 4), path, stopAfter: 11)
      let error = #expect(throws: RunFolderError.self) { try run(configuration(epochs: 2), path, resuming: true) }
      #expect(error?.isUsage == true && error?.message.contains("has taken 11 steps, and is to have 10") == true)
      var exact = configuration(epochs: 4)
      exact.length = .steps(11)
      let over = try run(exact, path, resuming: true)
      #expect(over.result.outcome == .completed && over.rates.isEmpty)
    }
  }

  @Test("after a target goes on without it, and to the next evaluation with it")
  func afterTarget() throws {
    try withTemporaryFolder { folder in
      var aimed = configuration(epochs: 3)
      aimed.evaluate.every = .steps(4)
      aimed.target = .testLoss(1e9)
      let path = folder.path + "/run"
      #expect(try run(aimed, path).result.summary.steps == 4)
      aimed.length = .epochs(4)
      let again = try run(aimed, path, resuming: true)
      #expect(again.result.outcome == .targetReached && again.result.summary.steps == 8)
      #expect(again.remarks.contains { $0.contains("unless --set target=null") })
      aimed.target = nil
      let free = try run(aimed, path, resuming: true)
      #expect(free.result.outcome == .completed && free.result.summary.steps == 20)
      #expect(free.remarks == ["continues with target.testLoss: nothing in place of 1000000000"])
      #expect(try run(aimed, path, resuming: true).rates.isEmpty)
    }
  }

  @Test("other keys are no part of this")
  func otherKeys() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      _ = try run(configuration(epochs: 2), path)
      var other = configuration(epochs: 4)
      other.optimizer.weightDecay = 0.5
      let error = #expect(throws: RunFolderError.self) { try run(other, path, resuming: true) }
      #expect(error?.message.contains("optimizer.weightDecay: 0.5 in place of 0.001") == true)
      #expect(error?.message.contains("epochs") == false)
      #expect(
        ["epochs", "steps", "target.testLoss", "checkpoint.keep", "data.test"].allSatisfy(ResumableKeys.contains))
      #expect(
        !["seed", "data.testShare", "batch.size", "epoch", "learningRate.reference"].contains(
          where: ResumableKeys.contains))
    }
  }
}
