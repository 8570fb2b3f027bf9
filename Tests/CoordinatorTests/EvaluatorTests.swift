import Calendars
import Models
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import TestSupport
import Testing

@Suite("An evaluation")
struct EvaluatorTests {
  /// A linear model's logits of every test sample, in double precision.
  private func logits(_ trainer: Trainer, _ test: Dataset) throws -> [[Double]] {
    let tensors = Dictionary(uniqueKeysWithValues: trainer.tensorsInFileLayout().map { ($0.name, $0.elements) })
    let (weights, biases) = (try #require(tensors["0.weight"]), try #require(tensors["0.bias"]))
    let width = test.shape.count
    guard case .floats(let buffer) = test.samples else { return [] }
    let numbers = buffer.view.array()
    return (0..<test.count).map { sample in
      biases.indices.map { output in
        (0..<width).reduce(Double(biases[output])) {
          $0 + Double(weights[output * width + $1]) * Double(numbers[sample * width + $1])
        }
      }
    }
  }

  // 101 and 34 test samples in microbatches of 8: the last one is smaller.
  @Test("is mean loss, accuracy, classes and confusion of every test sample by the definitions", arguments: [300, 99])
  func definitions(count: Int) throws {
    let splits = Runs.samples(.features(13), count: count)
    let configuration = Runs.configuration(
      .logistic, batch: 24, microbatch: 8, loss: .crossEntropy(labelSmoothing: 0.1), rate: 0.02)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
    for _ in 0..<6 { _ = trainer.takeStep() }
    let evaluation = try trainer.evaluate()

    var loss = 0.0
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: 5), count: 5)
    var predictions: [Int] = []
    for (sample, row) in try logits(trainer, splits.test.stored).enumerated() {
      let label = splits.test.label(of: sample)
      loss += log(row.reduce(0) { $0 + exp($1) }) - row[label]
      let predicted = try #require(row.indices.max { row[$0] < row[$1] })
      predictions.append(predicted)
      confusion[label][predicted] += 1
    }
    let right = (0..<5).reduce(0) { $0 + confusion[$1][$1] }
    // Otherwise a transposed matrix, or one of a single class, would pass.
    try #require(confusion != (0..<5).map { row in confusion.map { $0[row] } } && right > 0)
    #expect(abs(evaluation.loss / (loss / Double(splits.test.count)) - 1) < 1e-5)
    #expect(evaluation.accuracy == Double(right) / Double(splits.test.count))
    let counts = try #require(evaluation.classes)
    #expect(counts.matrix == confusion)
    #expect(trainer.predictedClasses == predictions)
    for (row, share) in counts.perClassAccuracy.enumerated() {
      let all = confusion[row].reduce(0, +)
      #expect(share == (all == 0 ? nil : Double(confusion[row][row]) / Double(all)))
    }
  }

  @Test("ends the run where it first has the target, no earlier and no later", arguments: [true, false])
  func targets(byLoss: Bool) throws {
    let splits = Runs.samples(.features(13), count: 300)
    var configuration = Runs.configuration(.mlp(hidden: [9]), batch: 30, steps: 40, rate: 0.03)
    configuration.evaluate = EvaluationConfiguration(every: .steps(2))
    var noted: [(step: Int, evaluation: Evaluation)] = []
    _ = try Trainer(RunPlan(configuration, splits: splits)).train {
      if case .evaluated(let step, _, let evaluation) = $0 { noted.append((step, evaluation)) }
    }
    func value(_ evaluation: Evaluation) -> Double { byLoss ? evaluation.loss : -(evaluation.accuracy ?? 0) }
    // The value of the sixth evaluation itself, which that one or one before it is the first to have.
    let bound = value(noted[5].evaluation)
    let first = try #require(noted.first { value($0.evaluation) <= bound })
    try #require(first.step > 2)
    configuration.target = byLoss ? .testLoss(bound) : .testAccuracy(-bound)
    let result = try Trainer(RunPlan(configuration, splits: splits)).train()
    #expect(result.outcome == .targetReached && result.summary.steps == first.step)
  }
}
