import Kernels
import Models
import Tracing

extension GradientEngine {
  /// A shard of the last batch that was computed twice, with different results; `nil` if there is none.
  package var guardFinding: ShardGuard.Finding? { shardGuard?.finding }

  /// Shards of the last batch that were computed twice.
  package var guardedShards: Int { shardGuard?.count ?? 0 }

  /// Computes a shard once more, where nobody uses the result.
  func computeAgain(_ index: Int, of batch: ShardedBatch, worker: Int) {
    guard let shardGuard else { return }
    let shard = shardGuard.choose(worker: worker)
    let samples = batch.samples(ofShard: shard)
    workspaces[worker].spans.describe(index: shard, count: samples.count)
    let scratch = shardGuard.scratch(index, worker: worker)
    scratch.factors.view.fill(with: 0)
    let sums = ShardSums(
      gradient: scratch.sums.view, statistics: scratch.statistics.view,
      factors: gradients.factors(samples, in: scratch.factors.view))
    let sum = gradient(ofShard: shard, of: batch, into: sums, worker: worker)
    shardGuard.finish(index, shard: shard, worker: worker, fingerprint(sums, sum))
  }

  /// All that a shard has left, as one number.
  func fingerprint(_ sums: ShardSums, _ sum: LossSum) -> UInt64 {
    var fingerprint = gradients.fingerprint(sums.gradient, sums.factors)
    if let statistics = sums.statistics { fingerprint.add(statistics) }
    fingerprint.add(sum.loss.bitPattern)
    fingerprint.add(UInt64(sum.correct))
    return fingerprint.value
  }
}
