import Calendars
import Optimizers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Observers
import Records
import TestSupport
import Testing

/// Weights may be finite while what they compute is not: such an evaluation is a divergence.
@Suite("Divergence")
struct DivergenceTests {
  private let data = Runs.samples(.features(20), count: 300)

  /// A run whose second step makes weights so large that products of them overflow.
  private func configuration(_ loss: LossConfiguration = .crossEntropy(labelSmoothing: 0)) -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [16, 16]), batch: 30, steps: 4, loss: loss, rate: 0.01)
    configuration.learningRate.decay = .step(at: [.steps(1)], factor: 1e27)
    configuration.evaluate = EvaluationConfiguration(every: .steps(1))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(1), keep: 2)
    return configuration
  }

  @Test("finite weights with an evaluation that is not end the run as diverged, with step, rate and checkpoint")
  func evaluationDuringTraining() throws {
    try withTemporaryFolder { folder in
      var records: [DivergenceRecord] = []
      var digests: Set<String> = []
      for threads in [1, 2, 3, 7] {
        let run = try RunFolder(creating: folder.path + "/\(threads)", configuration: configuration())
        let trainer = try Trainer(RunPlan(configuration(), splits: data, threads: threads), recordingIn: run)
        let result = try trainer.train()
        #expect(result.outcome == .diverged)
        #expect(trainer.fileWeights.allSatisfy { $0.isFinite })
        #expect(trainer.predictedClasses.contains(-1))
        #expect(result.evaluation?.isFinite == false && result.evaluation?.classes?.total == data.test.count)
        // The best evaluation is one that is finite, and the record on disk can be read.
        #expect(result.summary.bestStep == 1 && result.summary.bestTestLoss?.isFinite == true)
        let read = try RunRecord(folder: URL(fileURLWithPath: run.path))
        records.append(try #require(read.summary?.divergence))
        #expect(read.summary?.outcome == .diverged && read.metrics.evaluations.count == 2)
        let kept = try #require(run.checkpoints.newestValid().checkpoint)
        #expect(kept.step == 1)
        digests.insert(result.summary.weightsSHA256)
      }
      #expect(records.allSatisfy { $0 == records[0] } && digests.count == 1)
      #expect(records[0].kind == .evaluation && records[0].step == 2)
      #expect(abs(records[0].learningRate / 1e25 - 1) < 1e-12 && records[0].loss?.isFinite == true)
      #expect(records[0].checkpoint == "checkpoints/step-00000001.safetensors", "\(records[0])")
    }
  }

  @Test("an evaluation that is not finite is never the best, however many samples are right")
  func best() throws {
    // One test sample is so large that its outputs overflow after the second step, while all others gain from it.
    let plain = Runs.samples(.features(20), count: 300)
    guard case .floats(let numbers) = plain.test.stored.samples else {
      Issue.record("the samples of this test are no floats")
      return
    }
    var test = numbers.array()
    for index in 0..<20 { test[index] *= 1e14 }
    let splits = DataSplits(
      train: plain.train,
      test: Dataset(
        name: "large", shape: plain.test.shape, samples: .floats(Buffer(test)), targets: plain.test.stored.targets))
    var configuration = Runs.configuration(.logistic, batch: 300, steps: 4, weightDecay: 0, rate: 1e-9)
    configuration.learningRate.decay = .step(at: [.steps(1)], factor: 1e36)
    configuration.evaluate = EvaluationConfiguration(every: .steps(1))
    var evaluations: [Evaluation] = []
    let result = try Trainer(RunPlan(configuration, splits: splits)).train { event in
      if case .evaluated(_, _, let evaluation) = event { evaluations.append(evaluation) }
    }
    #expect(evaluations.map(\.isFinite) == [true, false] && evaluations.last?.notFiniteSamples == 1)
    let (first, last) = (evaluations.first?.accuracy ?? 1, evaluations.last?.accuracy ?? 0)
    #expect(last > first + 0.2, "\(first), then \(last)")
    #expect(result.outcome == .diverged && result.summary.bestStep == 1 && result.summary.bestTestAccuracy == first)
  }

  @Test("so does the evaluation at the end, and that of a run that is resumed when it is complete")
  func lastEvaluation() throws {
    try withTemporaryFolder { folder in
      var configuration = configuration()
      configuration.evaluate = EvaluationConfiguration(every: .steps(1000))
      configuration.length = .steps(2)
      let run = try RunFolder(creating: folder.path + "/run", configuration: configuration)
      let result = try Trainer(RunPlan(configuration, splits: data), recordingIn: run).train()
      #expect(result.outcome == .diverged && result.summary.divergence?.kind == .evaluation)
      #expect(result.summary.testLoss?.isFinite != true)
      #expect(!FileManager.default.fileExists(atPath: run.path + "/weights.safetensors"))
    }
  }

  @Test("a regression whose test loss is not finite diverges too")
  func regression() throws {
    let result = try Trainer(RunPlan(configuration(.meanSquaredError), splits: data)).train()
    #expect(result.outcome == .diverged)
    #expect(result.summary.divergence?.step == 2)
  }

  @Test("an evaluation with one infinite logit is not finite, though its loss is")
  func oneLogit() throws {
    try withTemporaryFolder { folder in
      // A logit of −∞ for a class that no sample has: its probability is 0, and the loss does not notice.
      let labels = Runs.samples(.features(2), count: 40, classes: 2)
      func dataset(_ set: Dataset) -> Dataset {
        guard case .classes(let numbers, _) = set.targets else { return set }
        return Dataset(
          name: "three", shape: set.shape, samples: set.samples, targets: .classes(numbers, count: 3))
      }
      let splits = DataSplits(
        train: dataset(labels.train.stored), test: dataset(labels.test.stored))
      let configuration = Runs.configuration(.logistic, batch: 10, steps: 1)
      let trainer = try Trainer(RunPlan(configuration, splits: splits))
      _ = trainer.takeStep()
      let path = folder.path + "/w.safetensors"
      let tensors = trainer.plan.network.tensors.map { tensor in
        var elements = trainer.tensorsInFileLayout().first { $0.name == tensor.name }?.elements ?? []
        if tensor.name.hasSuffix("bias") { elements[2] = -.infinity }
        return (tensor.name, tensor.fileShape, Buffer(elements))
      }
      // A tensor's view does not keep its buffer alive.
      try withExtendedLifetime(tensors) {
        try SafetensorsFile.write(
          tensors.map { SafetensorsTensor($0, shape: $1, $2.view) }, metadata: [:], to: path)
      }
      try trainer.loadWeights(from: path)
      let evaluation = try trainer.evaluate()
      #expect(evaluation.loss.isFinite && !evaluation.isFinite)
      #expect(evaluation.notFiniteSamples == splits.test.count && evaluation.classes?.correct == 0)
      let error = #expect(throws: DivergedWeightsError.self) {
        try evaluation.requireFinite(weights: "w", samples: splits.test.count)
      }
      #expect(error?.description.contains("14 of 14 test samples have outputs that are NaN or infinite") == true)
    }
  }

  @Test(
    "rates of a million and of 1e308 end as diverged, with a summary that can be read", arguments: [1e6, 1e20, 1e308])
  func rates(rate: Double) throws {
    try withTemporaryFolder { folder in
      for batch in [30, 300] {
        var configuration = Runs.configuration(.mlp(hidden: [16, 16]), batch: batch, steps: 30, rate: rate)
        configuration.evaluate = EvaluationConfiguration(every: .steps(1))
        configuration.checkpoint = CheckpointConfiguration(every: .steps(1), keep: 2)
        // With the square of a batch the scaled rate may be infinite itself.
        configuration.learningRate.scaling = .linear
        configuration.learningRate.referenceBatch = 1
        let run = try RunFolder(creating: folder.path + "/\(batch)", configuration: configuration)
        let result = try Trainer(RunPlan(configuration, splits: data), recordingIn: run).train()
        #expect(result.outcome == .diverged)
        #expect(try RunRecord(folder: URL(fileURLWithPath: run.path)).summary?.outcome == .diverged)
      }
    }
  }
}
