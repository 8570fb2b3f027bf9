import Calendars
import Models

/// How a batch is divided into microbatches and shards: a pure function of the config, never of the machine.
package struct BatchDivision: Sendable, Equatable {
  /// B.
  package let batch: Int
  /// n.
  package let microbatch: Int
  /// k.
  package let shards: Int
  /// Whether microbatches share the batch evenly, as batch norm wants; see ``MicrobatchDealing``.
  package let dealsEvenly: Bool

  /// Divides the batch; what the config leaves out follows from this rule:
  ///
  /// - n is 32 for networks with convolutions, pooling or batch norm (Goyal's n; also what fits the caches best), and
  ///   B ÷ 8 for dense ones, within 32…128 and rounded up to a multiple of 16: fewer, larger microbatches write fewer
  ///   gradients, 8 shards for B = 1024. Never so large that a shard gets none.
  /// - k is the number of microbatches, up to 16; of more than 32, half as many, up to 128. Who is done takes the next
  ///   shard, so many small ones keep workers busy that are not equally fast, and feed many of them; each costs an addition
  ///   to the sums, so that two microbatches share it where there are enough.
  ///
  /// - Parameter largest: the largest batch of the run, where the batch changes on the way: n follows from the first
  ///   batch, k from the largest one.
  /// - Parameter dealsEvenly: whether the network has batch norm.
  /// - Throws: ``ModelError`` when there are more shards than microbatches.
  package init(
    batch: Int, shards wanted: Int? = nil, microbatch given: Int? = nil, largest: Int? = nil, isConvolutional: Bool,
    dealsEvenly: Bool = false
  ) throws(ModelError) {
    let rule = isConvolutional ? 32 : min(128, max(32, (batch + 127) / 128 * 16))
    let microbatch = given ?? min(rule, Self.largestMicrobatch(batch, shards: wanted))
    let most = max(batch, largest ?? batch)
    let microbatches = (most + microbatch - 1) / microbatch
    let shards = wanted ?? (microbatches <= 32 ? min(16, microbatches) : min(128, microbatches / 2))
    if shards > microbatches {
      throw ModelError(
        path: "batch.shards",
        message: "found \(shards), but a batch of \(most) in microbatches of \(microbatch) has only \(microbatches); "
          + "shards are dealt whole microbatches: use at most \(microbatches) shards, or a smaller batch.microbatch")
    }
    self.batch = batch
    self.microbatch = microbatch
    self.shards = shards
    self.dealsEvenly = dealsEvenly
  }

  /// Samples of the largest microbatch that leaves one for each of the shards.
  private static func largestMicrobatch(_ batch: Int, shards: Int?) -> Int {
    guard let shards else { return batch }
    let even = (batch + shards - 1) / shards
    // 100 samples in 16 shards: of 7 there would be only 15.
    return (batch + even - 1) / even >= shards ? even : max(1, batch / shards)
  }

  /// A batch of at most B samples with its division.
  package func batch(_ position: BatchPosition) -> ShardedBatch {
    ShardedBatch(position, dealing: dealing(count: position.count), shards: shards)
  }

  /// The same where only the number of samples matters.
  package func batch(count: Int) -> ShardedBatch { batch(BatchPosition(epoch: 0, step: 0, first: 0, count: count)) }

  /// How a batch of `count` ≤ B samples is dealt to microbatches.
  package func dealing(count: Int) -> MicrobatchDealing {
    MicrobatchDealing(0..<count, size: microbatch, isEven: dealsEvenly)
  }

  /// Microbatches of a batch of `count` ≤ B samples.
  package func microbatches(count: Int) -> Int { dealing(count: count).count }

  /// Samples of the largest shard of a batch of `count` samples.
  package func largestShard(count: Int) -> Int { batch(count: count).largestShard }
}
