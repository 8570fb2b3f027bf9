import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Records
import TestSupport
import Testing

@Suite("A validation set")
struct ValidationTests {
  private struct Case: CustomTestStringConvertible {
    var testDescription: String
    var configuration: RunConfiguration
    var splits: DataSplits
  }

  /// Running statistics, weights that follow others, statistics taken anew, and numbers to predict.
  private static var cases: [Case] {
    let normalized = ModelConfiguration.layers([
      .dense(units: 16, bias: false), .batchNorm, .relu, .dense(units: 5, bias: true),
    ])
    var averaged = ValidationRuns.configuration()
    averaged.optimizer.average = WeightAverage(decay: 0.3)
    var recomputed = ValidationRuns.configuration(normalized)
    recomputed.evaluate.batchNormSamples = 40
    return [
      Case(
        testDescription: "classes", configuration: ValidationRuns.configuration(), splits: ValidationRuns.splits()),
      Case(
        testDescription: "batch norm", configuration: ValidationRuns.configuration(normalized),
        splits: ValidationRuns.splits()),
      Case(testDescription: "recomputed statistics", configuration: recomputed, splits: ValidationRuns.splits()),
      Case(testDescription: "averaged weights", configuration: averaged, splits: ValidationRuns.splits()),
      Case(
        testDescription: "numbers", configuration: ValidationRuns.configuration(loss: .meanSquaredError),
        splits: ValidationRuns.regressionSplits()),
    ]
  }

  @Test("alone is measured on the way, every sample once each time; the test set's samples are read once, at the end")
  func reads() throws {
    let splits = ValidationRuns.splits()
    let (validation, test) = (CountedSource(try #require(splits.validation)), CountedSource(splits.test))
    let configuration = ValidationRuns.configuration()
    let counted = DataSplits(train: splits.train, validation: validation, test: test)
    let once = Array(repeating: 1, count: test.count)
    let never = Array(repeating: 0, count: test.count)
    var measured: [Bool] = []
    _ = try Trainer(RunPlan(configuration, splits: counted, threads: 2)).train { event in
      if case .evaluated(let step, _, let evaluation) = event {
        measured.append(evaluation.isValidation)
        #expect(test.counts == (evaluation.isValidation ? never : once), "step \(step)")
        #expect(evaluation.isValidation || step == 40)
      } else if case .ended = event {
        #expect(test.counts == once)
      } else {
        #expect(test.counts == never)
      }
    }
    #expect(measured == Array(repeating: true, count: 20) + [false])
    #expect(validation.counts == Array(repeating: 20, count: validation.count))
  }

  @Test("leaves the test set unread by a run that is interrupted or diverges")
  func unread() throws {
    let splits = ValidationRuns.splits()
    for diverges in [false, true] {
      let test = CountedSource(splits.test)
      var configuration = ValidationRuns.configuration()
      if diverges { configuration.learningRate.reference = 1e30 }
      let counted = DataSplits(train: splits.train, validation: splits.validation, test: test)
      let stop = StopRequest()
      let result = try Trainer(RunPlan(configuration, splits: counted)).train(stop: stop) { event in
        if case .step(let step) = event, step.step == 7 { stop.raise() }
      }
      #expect(result.outcome == (diverges ? .diverged : .interrupted))
      #expect(result.summary.testLoss == nil && result.summary.testAccuracy == nil)
      #expect(test.counts.allSatisfy { $0 == 0 })
    }
  }

  @Test("chooses the weights of its best evaluation: they are saved, and are what the test set says", arguments: cases)
  private func chosen(example: Case) throws {
    try withTemporaryFolder { folder in
      let (configuration, splits) = (example.configuration, example.splits)
      let path = folder.path + "/run"
      let trainer = try ValidationRuns.trainer(configuration, splits, in: path)
      let summary = try trainer.train().summary
      let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
      let best = try #require(ValidationRuns.best(of: noted))
      // Otherwise a run that keeps its first or last weights would pass.
      try #require(noted.count == 20 && best.step > 2 && best.step < 40)
      #expect(summary.bestStep == best.step)
      #expect(summary.bestValidationLoss == best.evaluation.loss)
      #expect(summary.bestValidationAccuracy == best.evaluation.accuracy)
      #expect(summary.bestTestLoss == nil && summary.bestTestAccuracy == nil)
      #expect(summary.validationSamples == 13 && summary.testSamples == 47)

      let file = path + "/" + RunRecord.FileName.weights
      let found = try ValidationRuns.measured(file, configuration, splits)
      if configuration.evaluate.batchNormSamples == nil {
        #expect(found.weights.map(\.bitPattern) == best.weights.map(\.bitPattern))
      }
      #expect(summary.testLoss == found.evaluation.loss && summary.testAccuracy == found.evaluation.accuracy)
      #expect(summary.regression == found.evaluation.regression)
      #expect(summary.classes.counts == found.evaluation.classes)
      #expect(trainer.evaluateTest() == found.evaluation)

      // A run of the same config that is over at that step ends with these weights, without any validation set.
      var shorter = configuration
      shorter.length = .steps(best.step)
      let plain = DataSplits(train: splits.train, test: splits.test, preprocessing: splits.preprocessing)
      let other = try Trainer(RunPlan(shorter, splits: plain)).train().summary
      #expect(other.weightsSHA256 == summary.weightsSHA256)
      #expect(other.testLoss == summary.testLoss)
    }
  }

  @Test("changes no step: weights are as without it")
  func steps() throws {
    let splits = ValidationRuns.splits()
    let configuration = ValidationRuns.configuration()
    let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
    let plain = DataSplits(train: splits.train, test: splits.test)
    let (others, result) = try ValidationRuns.evaluations(configuration, plain)
    #expect(noted.map(\.step) == others.map(\.step))
    #expect(noted.map(\.weights) == others.map(\.weights))
    // And without one, the last weights are the result, and the test set is what is measured on the way.
    #expect(result.evaluation == others.last?.evaluation)
    #expect(result.summary.testLoss == others.last?.evaluation.loss)
    #expect(result.summary.validationSamples == nil && result.summary.bestValidationLoss == nil)
    #expect(result.summary.bestTestLoss == ValidationRuns.best(of: others)?.evaluation.loss)
  }

  @Test("gives the same bits and measures for 1, 2, 3 and 7 threads", arguments: cases)
  private func threads(example: Case) throws {
    let expected = try ValidationRuns.evaluations(example.configuration, example.splits)
    for threads in [2, 3, 7] {
      let found = try ValidationRuns.evaluations(example.configuration, example.splits, threads: threads)
      #expect(found.noted.map(\.evaluation) == expected.noted.map(\.evaluation))
      #expect(found.result.evaluation == expected.result.evaluation)
      #expect(found.result.summary.weightsSHA256 == expected.result.summary.weightsSHA256)
      #expect(found.result.summary.bestStep == expected.result.summary.bestStep)
    }
  }

  @Test("is data.validationShare of the training samples, where the data have none of their own")
  func share() throws {
    var configuration = ValidationRuns.configuration()
    configuration.data = DataConfiguration(
      source: .synthetic(shape: [12], classes: 3, samples: 400, testSamples: 60), normalization: .standardize)
    let whole = try RunData.load(configuration, threads: 1)
    #expect(whole.validation == nil)
    configuration.data.validationShare = 0.15
    let splits = try RunData.load(configuration, threads: 1)
    let validation = try #require(splits.validation)
    #expect(abs(validation.count - 60) <= 2 && splits.train.count + validation.count == 400)
    #expect(splits.test.count == 60)
    let again = try RunData.load(configuration, threads: 3)
    #expect(again.sha256 == splits.sha256 && whole.sha256 != splits.sha256)
    let (noted, result) = try ValidationRuns.evaluations(configuration, splits, threads: 2)
    let best = try #require(ValidationRuns.best(of: noted))
    #expect(noted.count == 20 && noted.allSatisfy { $0.evaluation.classes?.total == validation.count })
    #expect(result.summary.bestStep == best.step && result.summary.bestValidationLoss == best.evaluation.loss)
    #expect(result.evaluation?.classes?.total == 60)
    // The config's seed moves weights and order; who is set apart has a seed of its own.
    configuration.data.splitSeed = 1
    #expect(try RunData.load(configuration, threads: 1).sha256 != splits.sha256)
  }

  @Test("is what a target is judged by", arguments: [true, false])
  func targets(byLoss: Bool) throws {
    let splits = ValidationRuns.splits(validation: 29)
    var configuration = ValidationRuns.configuration()
    let (noted, _) = try ValidationRuns.evaluations(configuration, splits)
    let (others, _) = try ValidationRuns.evaluations(
      configuration, DataSplits(train: splits.train, test: splits.test))
    func value(_ evaluation: Evaluation) -> Double { byLoss ? evaluation.loss : -(evaluation.accuracy ?? 0) }
    func first(_ all: [ValidationRuns.Noted], _ bound: Double) -> Int? {
      all.first { value($0.evaluation) <= bound }?.step
    }
    // A target that the test set reaches at another step.
    let bound = try #require(
      noted.map { value($0.evaluation) }.first { first(noted, $0) != first(others, $0) && first(noted, $0) ?? 0 > 2 })
    let step = try #require(first(noted, bound))
    configuration.target = byLoss ? .testLoss(bound) : .testAccuracy(-bound)
    let result = try Trainer(RunPlan(configuration, splits: splits)).train()
    #expect(result.outcome == .targetReached && result.summary.steps == step)
    #expect(result.summary.targetReachedAtStep == step)
    // The test set is measured with the best weights, which need not be those that reached the target.
    let best = try #require(ValidationRuns.best(of: noted.prefix { $0.step <= step }))
    #expect(result.summary.bestStep == best.step)
  }
}
