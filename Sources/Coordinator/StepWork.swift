import AllReduce
import Models
import Optimizers

/// What one step asks of T workers, counted rather than timed: what a model of its cost starts from.
///
/// Shards and chunks are dealt as the worker pool deals them: each goes to the worker that is free first, in order.
/// The busiest worker decides how long a fork-join takes; what the others do meanwhile shares the memory with it.
package struct StepWork: Sendable, Equatable {
  /// T.
  package var threads: Int
  /// B.
  package var samples: Int
  /// k of this batch.
  package var shards: Int
  /// Samples of the busiest worker, 1…B.
  package var busiestSamples: Int
  /// Microbatches of the busiest worker.
  package var busiestMicrobatches: Int
  /// Workers that the fork-joins before the update wake, beside the caller.
  package var gradientWakes: Int
  /// Workers that the update's fork-joins wake.
  package var updateWakes: Int
  /// Bytes that shards' gradients move when siblings merge while shards are computed; 0 where buffers are separate.
  package var mergedBytes: Double
  /// The part of them of the busiest worker.
  package var busiestMergedBytes: Double
  /// Bytes that the update reads and writes: gradients of the shards, weights and optimizer state.
  package var updatedBytes: Double
  /// The part of them of the busiest worker.
  package var busiestUpdatedBytes: Double

  /// The work of a plan's full batch, with another number of threads than the plan's, or another division.
  package init(_ plan: RunPlan, division: BatchDivision? = nil, threads: Int) {
    self.init(
      division: division ?? plan.division, tensors: plan.network.tensors.map(\.range.count),
      stateVectors: plan.update.stateNames.count, needsNorms: plan.update.needsNorms,
      packings: plan.network.packingCount, threads: threads)
  }

  /// The work of a full batch.
  ///
  /// - Parameters:
  ///   - tensors: floats of each tensor.
  ///   - stateVectors: vectors of optimizer state beside the weights.
  ///   - needsNorms: whether the update wants norms first, which is one more fork-join.
  ///   - packings: layers whose weights are packed before a step.
  package init(
    division: BatchDivision, tensors: [Int], stateVectors: Int, needsNorms: Bool, packings: Int, threads: Int
  ) {
    self.threads = threads
    samples = division.batch
    shards = division.shards
    let loads = (0..<division.shards).map { division.samples(shard: $0, count: division.batch).count }
    let busiest = Self.busiest(loads, workers: threads)
    busiestSamples = busiest.load
    busiestMicrobatches = busiest.items.reduce(0) { $0 + (loads[$1] + division.microbatch - 1) / division.microbatch }

    let chunks = tensors.flatMap { count in
      stride(from: 0, to: count, by: GradientStep.chunkCount).map { min(GradientStep.chunkCount, count - $0) }
    }
    func wakes(_ count: Int) -> Int { max(0, min(threads, count) - 1) }
    gradientWakes = wakes(packings) + wakes(division.shards)
    updateWakes = (needsNorms ? 2 : 1) * wakes(chunks.count)

    let count = tensors.reduce(0, +)
    let shardBytes = ShardGradients.bytes(shards: division.shards, count: count, workers: threads)
    let merges = shardBytes < ShardGradients.bytes(shards: division.shards, count: count, workers: division.shards)
    let vectorBytes = Double(count * MemoryLayout<Float>.stride)
    // An addition in place reads two buffers and writes one.
    let merged = merges ? division.shards - 1 : 0
    let mergers = min(threads, division.shards)
    mergedBytes = 3 * vectorBytes * Double(merged)
    busiestMergedBytes = 3 * vectorBytes * Double((merged + mergers - 1) / mergers)
    // The average is read off k buffers, or the one that is left; weights and state are read and written. Where norms
    // are wanted, the average is written and read once more, and the weights are read for theirs.
    let vectors = (merges ? 1 : division.shards) + 2 + 2 * stateVectors + (needsNorms ? 3 : 0)
    updatedBytes = vectorBytes * Double(vectors)
    let share = count > 0 ? Double(Self.busiest(chunks, workers: threads).load) / Double(count) : 0
    busiestUpdatedBytes = updatedBytes * share
  }

  /// Deals items of the given sizes, in order, each to the worker that is free first.
  ///
  /// - Returns: the sum of the sizes that the busiest worker gets, and which items those are.
  package static func busiest(_ sizes: [Int], workers: Int) -> (load: Int, items: [Int]) {
    var loads = [Int](repeating: 0, count: max(1, min(workers, sizes.count)))
    var owners: [Int] = []
    owners.reserveCapacity(sizes.count)
    for size in sizes {
      var first = 0
      for worker in loads.indices where loads[worker] < loads[first] { first = worker }
      loads[first] += size
      owners.append(first)
    }
    let busiest = loads.indices.max { loads[$0] < loads[$1] } ?? 0
    return (loads[busiest], owners.indices.filter { owners[$0] == busiest })
  }
}
