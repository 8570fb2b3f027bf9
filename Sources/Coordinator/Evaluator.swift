import Gradients
import Configuration
import Datasets
import Kernels
import Tracing
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
  /// Errors of predicted numbers in their units; `nil` for classes.
  public var regression: RegressionRecord?
  /// Samples with an output that is NaN or infinite.
  public var notFiniteSamples: Int
  /// Whether it was the validation set that was measured rather than the test set.
  public var isValidation = false
  /// The share of numbers that were not zero in the training step before: of what came into each layer that may skip zeros
  /// (`NAME.input`), and of the gradient of what went out (`NAME.gradient`), 0…1.
  package var densities: [String: Double] = [:]

  /// Whether the loss and every output are finite numbers. Where they are not, the weights have diverged, though they
  /// may be finite themselves.
  public var isFinite: Bool { loss.isFinite && notFiniteSamples == 0 }
}

/// Measures weights on a data set, parallel over microbatches; losses add up in file order, so T does not show. Of a run
/// over several ranks each measures some microbatches of every block, and all get the others' results.
package final class Evaluator: Sendable {
  private let network: Network
  private let gatherer: SampleGatherer
  private let pool: WorkerPool
  private let collective: any Collective
  private let losses: Buffer<Double>
  private let predictions: Buffer<Int32>
  /// What numbers to predict are called and how they were scaled; `nil` for classes.
  private let targetScale: TargetScale?
  /// Views of each image over which outputs are averaged.
  private let views: [SampleView]
  /// The outputs of some microbatches of a regression.
  private let block: Buffer<Float>
  /// Microbatches of a block.
  private let blockCount: Int
  private static let mostBlockFloats = 1 << 20

  /// An evaluator of a set whose numbers to predict, if there are any, are scaled as `targetScale` says.
  package init(
    _ network: Network, gatherer: SampleGatherer, targetScale: TargetScale? = nil, views: [SampleView] = [],
    pool: WorkerPool, collective: any Collective = LocalCollective()
  ) {
    self.views = views
    self.network = network
    self.gatherer = gatherer
    self.targetScale = targetScale
    self.pool = pool
    self.collective = collective
    blockCount = Self.blockCount(network, gatherer.source, targetScale)
    let floats = targetScale == nil ? 0 : blockCount * network.microbatch * network.outputs
    block = Buffer(count: floats)
    losses = Buffer(count: (gatherer.source.count + network.microbatch - 1) / network.microbatch)
    predictions = Buffer(count: gatherer.source.count)
  }

  /// An evaluator of one of a plan's sets.
  convenience init(_ plan: RunPlan, of source: any SampleSource, pool: WorkerPool, collective: any Collective) {
    self.init(
      plan.network, gatherer: SampleGatherer(source), targetScale: plan.splits.targetScale,
      views: plan.configuration.evaluate.sampleViews, pool: pool, collective: collective)
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
    var errors = RegressionErrors(outputs: targetScale?.width ?? 0)
    for start in stride(from: 0, to: losses.view.count, by: blockCount) {
      let first = start * network.microbatch
      let end = min(samples, first + blockCount * network.microbatch)
      let count = min(blockCount, losses.view.count - start)
      let parts = (0..<collective.ranks).map { $0 * count / collective.ranks..<($0 + 1) * count / collective.ranks }
      let own = parts[collective.rank]
      pool.run(own.count, as: .evaluation) { [self] worker, number in
        let index = own.lowerBound + number
        let place = first + index * network.microbatch
        let range = place..<min(place + network.microbatch, samples)
        let results = range.lowerBound - first..<range.upperBound - first
        workspaces[worker].spans.describe(index: start + index, count: range.count)
        losses.view[start + index] =
          network.evaluate(
            range, of: gatherer, weights: state.parameters.view, packedWeights: packedWeights,
            runningStatistics: state.statistics.view, predictions: predictions.view[range],
            results: targetScale == nil
              ? nil : block.view[results.lowerBound * network.outputs..<results.upperBound * network.outputs],
            views: views, workspace: workspaces[worker]
          ).loss
      }
      share(parts, ofBlock: start, samples: first..<end)
      add(first..<end, to: &errors)
    }
    var loss = 0.0
    for index in losses.view.indices { loss += losses.view[index] }
    let counts = classCounts()
    return Evaluation(
      loss: loss / Double(samples), accuracy: counts.map { Double($0.correct) / Double(samples) }, classes: counts,
      regression: targetScale.flatMap { errors.record(names: $0.names) },
      notFiniteSamples: countsClasses ? predictions.view.indices.count { predictions.view[$0] < 0 } : 0)
  }

  /// Gives every rank the results of a block, of which each has those of some microbatches.
  private func share(_ parts: [Range<Int>], ofBlock start: Int, samples: Range<Int>) {
    guard collective.ranks > 1 else { return }
    func deliveries(_ perMicrobatch: Int, from first: Int, upTo end: Int) -> [Delivery] {
      Delivery.all(
        parts.map { min(first + $0.lowerBound * perMicrobatch, end)..<min(first + $0.upperBound * perMicrobatch, end) })
    }
    let size = network.microbatch
    collective.exchange(losses.view, deliveries(1, from: start, upTo: losses.view.count))
    collective.exchange(predictions.view, deliveries(size, from: samples.lowerBound, upTo: samples.upperBound))
    guard targetScale != nil else { return }
    collective.exchange(
      block.view, deliveries(size * network.outputs, from: 0, upTo: samples.count * network.outputs))
  }

  /// Adds the errors of the samples in the block, in their order.
  private func add(_ samples: Range<Int>, to errors: inout RegressionErrors) {
    guard let targetScale else { return }
    let targets = Buffer<Float>(count: targetScale.width)
    for (row, sample) in samples.enumerated() {
      gatherer.source.writeTarget(of: sample, into: targets.view)
      for output in 0..<targetScale.width {
        errors.add(
          predicted: targetScale.number(block.view[row * targetScale.width + output], index: output),
          target: targetScale.number(targets.view[output], index: output), output: output)
      }
    }
  }

  private static func blockCount(_ network: Network, _ source: any SampleSource, _ targetScale: TargetScale?) -> Int {
    let all = max(1, (source.count + network.microbatch - 1) / network.microbatch)
    guard targetScale != nil else { return all }
    return min(all, max(1, mostBlockFloats / (network.microbatch * network.outputs)))
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
