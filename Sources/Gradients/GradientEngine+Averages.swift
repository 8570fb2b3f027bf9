import Calendars
import Kernels
import Tracing
import Models
import Workers

extension GradientEngine {
  /// An engine of its own for any weights, which it copies: what studies measure gradients with.
  package convenience init(
    _ network: Network, source: TrainingSource, shards: Int, samples: Int, pool: WorkerPool
  ) {
    self.init(
      network, state: NetworkState(for: network), source: source, shards: shards, samples: samples, pool: pool)
  }

  /// Writes the average gradient of a batch at given weights; running statistics do not follow.
  ///
  /// - Parameters:
  ///   - weights: `parameterCount` floats.
  ///   - gradient: receives as many; padding is zero.
  /// - Returns: the mean loss of the batch's samples.
  @discardableResult
  package func average(_ batch: ShardedBatch, at weights: Floats, into gradient: Floats) -> Double {
    state.parameters.view.copy(from: weights)
    let sum = compute(batch)
    gradient.fill(with: 0)
    run(chunks.count, as: .measure) { [self] worker, index in
      average(index, worker: worker, into: gradient[chunks[index].range])
    }
    return sum.loss / Double(batch.count)
  }

  /// The mean loss of a batch's samples at given weights, as in training.
  package func meanLoss(_ batch: ShardedBatch, at weights: Floats) -> Double {
    state.parameters.view.copy(from: weights)
    return loss(batch).loss / Double(batch.count)
  }

  /// Prepares ``sum(over:of:from:into:workspace:)`` at given weights.
  package func prepare(at weights: Floats) {
    state.parameters.view.copy(from: weights)
    pack()
  }

  /// The sum of the gradients of some samples of a batch, by one worker alone, at the weights of ``prepare(at:)``.
  ///
  /// - Parameters:
  ///   - samples: positions in the batch, dealt to microbatches by themselves.
  ///   - source: where they come from, if not from the engine's own source.
  /// - Returns: the sum of their losses.
  @discardableResult
  package func sum(
    over samples: Range<Int>, of batch: BatchPosition, from source: TrainingSource? = nil, into gradient: Floats,
    workspace: Workspace
  ) -> Double {
    network.gradient(
      of: samples, in: batch, from: source ?? self.source, weights: state.parameters.view,
      packedWeights: packedWeights.view, into: ShardSums(gradient: gradient), workspace: workspace
    ).loss
  }
}
