import Gradients
import Configuration
import Datasets
import Kernels
import Models
import Records
import Workers

/// What an evaluation found: every sample of a data set once, with running statistics.
public struct Evaluation: Sendable, Equatable {
  /// Mean loss a sample, without label smoothing.
  public var loss: Double
  /// Share of samples classified right, 0…1; `nil` for regression.
  public var accuracy: Double?
  /// Samples by true and predicted class; `nil` for regression.
  public var classes: ClassCounts?
  /// Samples with an output that is NaN or infinite.
  public var notFiniteSamples: Int

  /// Whether the loss and every output are finite numbers. Where they are not, the weights have diverged, though they
  /// may be finite themselves.
  public var isFinite: Bool { loss.isFinite && notFiniteSamples == 0 }
}

/// Measures weights on a data set, parallel over microbatches; losses add up in file order, so T does not show.
package final class Evaluator: Sendable {
  private let network: Network
  private let gatherer: SampleGatherer
  private let pool: WorkerPool
  private let losses: Buffer<Double>
  private let predictions: Buffer<Int32>

  package init(_ network: Network, gatherer: SampleGatherer, pool: WorkerPool) {
    self.network = network
    self.gatherer = gatherer
    self.pool = pool
    losses = Buffer(count: (gatherer.source.count + network.microbatch - 1) / network.microbatch)
    predictions = Buffer(count: gatherer.source.count)
  }

  /// Predicted classes of the last evaluation, in file order; −1 for a sample with an output that is not finite.
  var predictedClasses: Labels { predictions.view }

  /// Whether samples have classes that predictions can match, so that there is an accuracy.
  var countsClasses: Bool {
    Self.countsClasses(network, gatherer.source)
  }

  /// Measures `state`, whose packed weights the engine has, in the arenas of the engine's workers.
  func evaluate(_ state: NetworkState, _ engine: GradientEngine) -> Evaluation {
    evaluate(state, packedWeights: engine.packedWeights.view, workspaces: engine.workspaces)
  }

  /// The same with packed weights and arenas of the caller's, one for each worker.
  package func evaluate(
    _ state: NetworkState, packedWeights: Floats, workspaces: [Workspace]
  ) -> Evaluation {
    let samples = gatherer.source.count
    pool.run(losses.view.count) { [self] worker, index in
      let first = index * network.microbatch
      let range = first..<min(first + network.microbatch, samples)
      losses.view[index] =
        network.evaluate(
          range, of: gatherer, weights: state.parameters.view, packedWeights: packedWeights,
          runningStatistics: state.statistics.view, predictions: predictions.view[range],
          workspace: workspaces[worker]
        ).loss
    }
    var loss = 0.0
    for index in losses.view.indices { loss += losses.view[index] }
    let counts = classCounts()
    return Evaluation(
      loss: loss / Double(samples), accuracy: counts.map { Double($0.correct) / Double(samples) }, classes: counts,
      notFiniteSamples: countsClasses ? predictions.view.indices.count { predictions.view[$0] < 0 } : 0)
  }

  private func classCounts() -> ClassCounts? {
    guard countsClasses else { return nil }
    let source = gatherer.source
    return ClassCounts(
      classes: source.outputs, labels: (0..<source.count).map { Int32(source.label(of: $0)) },
      predictions: predictions.array())
  }

  static func countsClasses(_ network: Network, _ source: any SampleSource) -> Bool {
    network.loss != .meanSquaredError && source.task.isClassification
  }

  /// Bytes that an evaluation of some samples takes and keeps, arenas left out.
  static func bytes(for network: Network, _ source: any SampleSource) -> Int {
    let perSample = source.count * MemoryLayout<Int32>.stride
    let losses = source.count / network.microbatch * MemoryLayout<Double>.stride
    guard countsClasses(network, source) else { return perSample + losses }
    // Predictions, and copies of them and of the labels while they are counted.
    return 3 * perSample + losses + ClassCounts.bytes(classes: source.outputs, samples: source.count)
  }
}
