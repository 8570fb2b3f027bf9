import Calendars
import Optimizers
import Models
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import TestSupport
import Testing

/// Runs whose rate jumps half way, so that the best evaluation is neither the first nor the last.
@Suite("The best evaluation of a run")
struct BestEvaluationTests {
  private struct Noted {
    var step: Int
    var evaluation: Evaluation
    var weights: [Float]
  }

  private func configuration(_ loss: LossConfiguration, rate: Double) -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [16]), batch: 30, steps: 60, loss: loss, rate: rate)
    configuration.evaluate = EvaluationConfiguration(every: .steps(3))
    configuration.learningRate.decay = .step(at: [.steps(30)], factor: 30)
    return configuration
  }

  /// Trains, and expects summary and checkpoint to have the best of all evaluations.
  ///
  /// - Parameter isBetter: the rule, as the documentation of the run directory says it.
  private func check(
    _ configuration: RunConfiguration, _ splits: DataSplits, isBetter: (Evaluation, Evaluation) -> Bool
  ) throws -> [Evaluation] {
    try withTemporaryFolder { folder in
      let run = try RunFolder(creating: folder.path + "/run", configuration: configuration)
      let trainer = try Trainer(RunPlan(configuration, splits: splits), folder: run)
      var noted: [Noted] = []
      let summary = try trainer.train { event in
        if case .evaluated(let step, _, let evaluation) = event {
          noted.append(Noted(step: step, evaluation: evaluation, weights: trainer.fileWeights))
        }
      }.summary
      var best = try #require(noted.first)
      for other in noted.dropFirst() where isBetter(other.evaluation, best.evaluation) { best = other }
      // Otherwise a run that keeps its first or last evaluation would pass.
      try #require(noted.count == 20 && best.step > 3 && best.step < 60)
      #expect(summary.bestStep == best.step)
      #expect(summary.bestTestLoss == best.evaluation.loss)
      #expect(summary.bestTestAccuracy == best.evaluation.accuracy)

      let file = try #require(try run.checkpoints.best()).file
      #expect(try run.checkpoints.best()?.step == best.step)
      let reader = try Trainer(RunPlan(configuration, splits: splits))
      try reader.loadWeights(from: file.path)
      #expect(reader.fileWeights.map(\.bitPattern) == best.weights.map(\.bitPattern))
      return noted.map(\.evaluation)
    }
  }

  @Test("is that of the highest accuracy; of several, that of the lowest loss, which the best checkpoint holds")
  func classification() throws {
    // A test set of few samples, so that accuracies are often equal.
    let splits = DataSplits(
      train: Runs.samples(.features(20), count: 300).train, test: Runs.samples(.features(20), count: 9).train)
    let evaluations = try check(configuration(.crossEntropy(labelSmoothing: 0), rate: 0.02), splits) {
      let (mine, best) = ($0.accuracy ?? 0, $1.accuracy ?? 0)
      return mine > best || mine == best && $0.loss < $1.loss
    }
    let most = evaluations.compactMap(\.accuracy).max()
    #expect(evaluations.count { $0.accuracy == most } > 1)
  }

  @Test("is that of the lowest loss where there is no accuracy")
  func regression() throws {
    var generator = SeededGenerator(seed: 3)
    func line(_ count: Int) -> Dataset {
      let inputs = generator.floats(count * 4)
      let targets = (0..<count).map { row in inputs[row * 4..<row * 4 + 4].reduce(0, +) }
      return Dataset(
        name: "line", shape: .features(4), samples: .floats(Buffer(inputs)),
        targets: .values(Buffer(targets), width: 1))
    }
    let splits = DataSplits(train: line(300), test: line(50))
    let evaluations = try check(configuration(.meanSquaredError, rate: 0.02), splits) { $0.loss < $1.loss }
    #expect(evaluations.allSatisfy { $0.accuracy == nil })
  }
}
