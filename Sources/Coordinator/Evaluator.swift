import Configuration
import Datasets
import Kernels
import Models
import Workers

/// What an evaluation found: every sample of a data set once, with running statistics.
public struct Evaluation: Sendable, Equatable {
  /// Mean loss a sample, without label smoothing.
  public var loss: Double
  /// Share of samples classified right, 0…1; `nil` for regression.
  public var accuracy: Double?
  /// Rows are true classes, columns predicted ones; empty for regression.
  public var confusionMatrix: [[Int]]

  /// Share of each class's samples classified right; `nil` for a class without samples.
  public var perClassAccuracy: [Double?] {
    confusionMatrix.indices.map { index in
      let all = confusionMatrix[index].reduce(0, +)
      return all == 0 ? nil : Double(confusionMatrix[index][index]) / Double(all)
    }
  }
}

/// Measures weights on a data set, parallel over microbatches; losses add up in file order, so T does not show.
final class Evaluator: Sendable {
  private let network: Network
  private let gatherer: SampleGatherer
  private let pool: WorkerPool
  private let losses: Buffer<Double>
  private let predictions: Buffer<Int32>

  init(_ network: Network, gatherer: SampleGatherer, pool: WorkerPool) {
    self.network = network
    self.gatherer = gatherer
    self.pool = pool
    losses = Buffer(count: (gatherer.dataset.count + network.microbatch - 1) / network.microbatch)
    predictions = Buffer(count: gatherer.dataset.count)
  }

  /// Predicted classes of the last evaluation, in file order.
  var predictedClasses: Labels { predictions.view }

  /// Whether samples have classes that predictions can match, so that there is an accuracy.
  var countsClasses: Bool {
    if network.loss != .meanSquaredError, case .classes = gatherer.dataset.targets { true } else { false }
  }

  func evaluate(weights: Floats, packedWeights: Floats, workspaces: [Workspace]) -> Evaluation {
    let samples = gatherer.dataset.count
    pool.run(losses.view.count) { [self] worker, index in
      let first = index * network.microbatch
      let range = first..<min(first + network.microbatch, samples)
      losses.view[index] =
        network.evaluate(
          range, of: gatherer, weights: weights, packedWeights: packedWeights, predictions: predictions.view[range],
          workspace: workspaces[worker]
        ).loss
    }
    var loss = 0.0
    for index in losses.view.indices { loss += losses.view[index] }
    let confusion = confusionMatrix()
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    return Evaluation(
      loss: loss / Double(samples), accuracy: confusion.isEmpty ? nil : Double(right) / Double(samples),
      confusionMatrix: confusion)
  }

  private func confusionMatrix() -> [[Int]] {
    guard network.loss != .meanSquaredError, case .classes(let labels, let classes) = gatherer.dataset.targets else {
      return []
    }
    var matrix = [[Int]](repeating: [Int](repeating: 0, count: classes), count: classes)
    for sample in predictions.view.indices {
      matrix[Int(labels.view[sample])][Int(predictions.view[sample])] += 1
    }
    return matrix
  }
}
