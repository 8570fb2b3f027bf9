import Calendars
import Gradients
import Datasets
import Kernels
import Models
import Workers

/// The average gradient of any part of a batch, over shards of whole microbatches that the part alone decides: T does not
/// show. Weight decay is left out.
final class BatchGradient: Sendable {
  /// The most shards, and workers that can help.
  private static let shards = 16

  private let network: Network
  private let pool: WorkerPool
  private let gradients: ShardGradients
  private let workspaces: [Workspace]
  private let packedWeights: Buffer<Float>
  private let losses = Buffer<Double>(count: BatchGradient.shards)

  init(_ network: Network, pool: WorkerPool) {
    self.network = network
    self.pool = pool
    gradients = ShardGradients(shards: Self.shards, count: network.parameterCount, workers: pool.threads)
    workspaces = (0..<pool.threads).map { _ in Workspace(for: network) }
    packedWeights = Buffer(count: network.packedCount)
  }

  /// Writes the mean gradient over the samples at some positions of a batch; running statistics have none.
  ///
  /// - Returns: their mean loss.
  @discardableResult
  func average(
    _ samples: Range<Int>, of batch: BatchPosition, from source: TrainingSource, at weights: Floats,
    into gradient: Floats
  ) -> Double {
    pool.run(network.packingCount) { [self] _, index in
      network.pack(index, weights: weights, into: packedWeights.view)
    }
    let dealing = MicrobatchDealing(samples, size: network.microbatch, isEven: network.hasBatchNorm)
    let active = min(Self.shards, dealing.count)
    gradients.begin(active: active)
    pool.run(active) { [self] worker, shard in
      let sum = network.shardGradient(
        dealing.microbatches(ofPart: shard, of: active), dealtBy: dealing, of: batch, from: source, weights: weights,
        packedWeights: packedWeights.view, into: gradients.acquire(shard: shard), workspace: workspaces[worker])
      losses.view[shard] = sum.loss
      gradients.complete(shard: shard)
    }
    gradients.average(
      0..<network.parameterCount, active: active, dividedBy: Float(samples.count), into: gradient)
    for tensor in network.tensors where !tensor.isTrained { gradient[tensor.range].fill(with: 0) }
    return losses.view.prefix(active).array().reduce(0, +) / Double(samples.count)
  }
}
