import Calendars

/// A batch, or a part of one, with its division: samples are dealt to microbatches, and these to shards, as evenly as
/// whole ones go. A pure function of the config; T does not show.
package struct ShardedBatch: Sendable, Equatable, BitwiseCopyable {
  /// Where the batch is in the training.
  package let position: BatchPosition
  /// How its samples are dealt to microbatches.
  package let dealing: MicrobatchDealing
  /// k: parts with a gradient of their own, at least 1.
  package let shards: Int

  /// A batch in `shards` shards, or one a microbatch if those are fewer.
  package init(_ position: BatchPosition, dealing: MicrobatchDealing, shards: Int) {
    precondition(shards >= 1, "a batch in \(shards) shards")
    self.position = position
    self.dealing = dealing
    self.shards = max(1, min(shards, dealing.count))
  }

  /// Samples, over all shards.
  package var count: Int { dealing.samples.count }

  /// The microbatches of a shard, by number.
  package func microbatches(ofShard shard: Int) -> Range<Int> { dealing.microbatches(ofPart: shard, of: shards) }

  /// The positions of a shard's samples in the batch.
  package func samples(ofShard shard: Int) -> Range<Int> { dealing.samples(of: microbatches(ofShard: shard)) }

  /// Samples of the largest shard.
  package var largestShard: Int { (0..<shards).reduce(0) { max($0, samples(ofShard: $1).count) } }

  /// Σ b_j² over the shards.
  package var squaredShardSamples: Int {
    var sum = 0
    for shard in 0..<shards {
      let size = samples(ofShard: shard).count
      sum += size * size
    }
    return sum
  }
}
