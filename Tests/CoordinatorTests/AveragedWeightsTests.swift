import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Observers
import Optimizers
import Records
import TestSupport
import Testing

@Suite("A moving average of the weights, for evaluations")
struct AveragedWeightsTests {
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func configuration(
    _ average: WeightAverage?, method: OptimizerMethod = .sgd(momentum: 0.9, nesterov: true)
  ) -> RunConfiguration {
    var configuration = Runs.configuration(
      Runs.convolutional, batch: 20, shards: 3, microbatch: 4, steps: 23, method: method, rate: 0.02)
    configuration.optimizer.average = average
    configuration.evaluate = EvaluationConfiguration(every: .steps(5))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
    return configuration
  }

  private func trainer(_ configuration: RunConfiguration, threads: Int = 2) throws -> Trainer {
    try Trainer(RunPlan(configuration, splits: images, threads: threads))
  }

  /// Parameters and running statistics, one after the other.
  private func numbers(_ state: NetworkState) -> [Float] {
    state.parameters.view.array() + state.statistics.view.array()
  }

  @Test("is the average of all weights by its definition, running statistics included", arguments: [true, false])
  func definition(warmup: Bool) throws {
    let trainer = try trainer(configuration(WeightAverage(decay: 0.7, warmup: warmup)))
    var average = numbers(trainer.state).map { Double($0) }
    #expect(numbers(trainer.evaluated) == numbers(trainer.state))
    for step in 1...30 {
      _ = trainer.takeStep()
      // An evaluation between two steps changes neither.
      if step % 10 == 0 { _ = try trainer.evaluate() }
      let decay = warmup ? min(0.7, Double(1 + step) / Double(10 + step)) : 0.7
      average = zip(average, numbers(trainer.state)).map { decay * $0 + (1 - decay) * Double($1) }
    }
    expectClose(numbers(trainer.evaluated), average.map { Float($0) }, relative: 1e-5, absolute: 1e-6)
    #expect(numbers(trainer.evaluated) != numbers(trainer.state))
  }

  @Test("leaves training as it is, to the bit", arguments: [nil, 64])
  func training(batchNormSamples: Int?) throws {
    var configuration = configuration(WeightAverage(decay: 0.9))
    configuration.evaluate.batchNormSamples = batchNormSamples
    let averaged = try trainer(configuration)
    configuration.optimizer.average = nil
    let plain = try trainer(configuration)
    for step in 1...12 {
      let (one, other) = (averaged.takeStep(), plain.takeStep())
      #expect(one?.loss.bitPattern == other?.loss.bitPattern, "step \(step)")
      if step % 4 == 0 { _ = try averaged.evaluate() }
    }
    #expect(numbers(averaged.state) == numbers(plain.state))
  }

  @Test("is what evaluations measure and files hold", arguments: [nil, 64])
  func evaluation(batchNormSamples: Int?) throws {
    try withTemporaryFolder { folder in
      var configuration = configuration(WeightAverage(decay: 0.9))
      configuration.evaluate.batchNormSamples = batchNormSamples
      let averaged = try trainer(configuration)
      for _ in 0..<12 { _ = averaged.takeStep() }
      let file = folder.path + "/weights.safetensors"
      try averaged.writeWeights(to: file)
      configuration.optimizer.average = nil
      let plain = try trainer(configuration)
      try plain.loadWeights(from: file)
      // A file holds the statistics that evaluations use; the run goes on with its own.
      let expected = averaged.tensorsForEvaluation().flatMap(\.elements)
      #expect(plain.fileWeights == expected)
      #expect((expected == averaged.fileWeights) == (batchNormSamples == nil))
      #expect(plain.weightsSHA256 == averaged.weightsSHA256)
      #expect(try plain.evaluate() == averaged.evaluate())
    }
  }

  @Test("has the same bits for every number of threads, under every rule")
  func threads() throws {
    for method in RuleKinds.methods {
      let configuration = configuration(WeightAverage(decay: 0.8), method: method)
      let runs = try [1, 2, 3, 7].map { threads in
        let trainer = try trainer(configuration, threads: threads)
        for _ in 0..<9 { _ = trainer.takeStep() }
        return trainer
      }
      for run in runs.dropFirst() {
        #expect(runs[0].firstDifference(from: run) == nil, "\(method)")
        #expect(run.weightsSHA256 == runs[0].weightsSHA256, "\(method)")
      }
    }
  }

  @Test("two runs with the same weights and other averages differ")
  func difference() throws {
    let runs = try [0.8, 0.7].map { decay in
      let trainer = try trainer(configuration(WeightAverage(decay: decay, warmup: false)))
      for _ in 0..<3 { _ = trainer.takeStep() }
      return trainer
    }
    #expect(numbers(runs[0].state) == numbers(runs[1].state))
    #expect(runs[0].firstDifference(from: runs[1]) != nil)
  }

  // MARK: Stops

  private func folderTrainer(
    _ configuration: RunConfiguration, _ path: String, resuming: Bool = false, threads: Int = 2
  ) throws -> Trainer {
    try Trainer(
      RunPlan(configuration, splits: images, threads: threads),
      recordingIn: resuming
        ? RunFolder(resuming: path, configuration: configuration)
        : RunFolder(creating: path, configuration: configuration))
  }

  /// Ten steps without a save on the way out: the last save is of step 8.
  private func kill(_ configuration: RunConfiguration, _ path: String) throws {
    struct Killed: Error {}
    let killed = try folderTrainer(configuration, path)
    #expect(throws: Killed.self) {
      try killed.train { event in if case .step(let step) = event, step.step == 10 { throw Killed() } }
    }
  }

  @Test("a run that was killed and resumed ends with the same bits of both, and has the same evaluations")
  func killed() throws {
    try withTemporaryFolder { folder in
      let configuration = configuration(WeightAverage(decay: 0.9))
      let whole = try folderTrainer(configuration, folder.path + "/whole")
      let expected = try whole.train()
      let path = folder.path + "/killed"
      try kill(configuration, path)
      let resumed = try folderTrainer(configuration, path, resuming: true, threads: 3)
      #expect(try resumed.resume().isEmpty)
      let result = try resumed.train()
      #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
      #expect(result.summary.testLoss == expected.summary.testLoss)
      #expect(result.summary.bestTestLoss == expected.summary.bestTestLoss)
      #expect(whole.firstDifference(from: resumed) == nil)

      // The best checkpoint and weights.safetensors hold what was measured.
      let saved = try SafetensorsFile(path: path + "/weights.safetensors")
      #expect(saved.entries.allSatisfy { !$0.name.hasPrefix("raw.") })
      let plain = try trainer(self.configuration(nil))
      try plain.loadWeights(from: path + "/weights.safetensors")
      #expect(try plain.evaluate().loss == result.summary.testLoss)
      try plain.loadWeights(from: path + "/checkpoints/best.safetensors")
      #expect(try plain.evaluate().loss == result.summary.bestTestLoss)
    }
  }

  @Test("an average that a resumed run adds begins with its weights, and one that it drops leaves them")
  func changed() throws {
    try withTemporaryFolder { folder in
      let (plain, averaged) = (configuration(nil), configuration(WeightAverage(decay: 0.9)))
      let reference = try trainer(plain)
      for _ in 0..<8 { _ = reference.takeStep() }
      for (index, (before, after)) in [(plain, averaged), (averaged, plain)].enumerated() {
        let path = folder.path + "/\(index)"
        try kill(before, path)
        let resumed = try folderTrainer(after, path, resuming: true)
        #expect(throws: (any Error).self) { try resumed.resume() }
        let accepted = try resumed.resume(acceptingChanges: true)
        #expect(!accepted.isEmpty && accepted.allSatisfy { $0.contains("optimizer.average") })
        #expect(numbers(resumed.state) == numbers(reference.state))
        #expect(numbers(resumed.evaluated) == numbers(reference.state))
      }
    }
  }

  // MARK: What it costs

  @Test("takes the memory of a second set of weights and statistics, and is named by plan")
  func memory() throws {
    let plain = try RunPlan(configuration(nil), splits: images)
    let averaged = try RunPlan(configuration(WeightAverage(decay: 0.99)), splits: images)
    #expect(
      MemoryEstimate(averaged).totalBytes - MemoryEstimate(plain).totalBytes
        == 4 * (plain.network.parameterCount + plain.network.statisticsCount))
    #expect(plain.record.optimizer == "sgd, Nesterov momentum 0.9")
    #expect(averaged.record.optimizer == "sgd, Nesterov momentum 0.9; averaged weights, decay 0.99")
  }
}
