import Calendars
import Gradients
import Kernels
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
  /// Of a sample's work, the part that waits for the update, 0…1: products of the factors of weight gradients.
  package var deferredShare = 0.0
  /// The busiest worker's part of that, 1/T…1.
  package var busiestDeferredShare = 0.0

  /// The work of a plan's full batch, with another number of threads than the plan's, or another division.
  package init(_ plan: RunPlan, division: BatchDivision? = nil, threads: Int) {
    let division = division ?? plan.division
    let factored = FactoredGradients(plan.network, samples: plan.largestShard(division))
    self.init(
      division: division, tensors: plan.network.tensors.map(\.range.count),
      stateVectors: plan.update.stateNames.count + (plan.update.follower == nil ? 0 : 1),
      updatePasses: plan.update.passes,
      packings: plan.network.packingCount(transposing: division.batch >= ZeroSkipping.transposeSamples),
      gradientCount: factored.gradientCount, factors: factored.count, threads: threads)
    let pieces = plan.network.tensors.indices.flatMap { factored.pieces(ofTensor: $0) ?? [] }.map(\.range.count)
    let all = pieces.reduce(0, +)
    if all > 0 {
      deferredShare = min(1, Double(factored.productFLOPs) / Double(plan.network.trainingFLOPs))
      busiestDeferredShare = Double(Self.busiest(pieces, workers: threads).load) / Double(all)
    }
  }

  /// The work of a full batch.
  ///
  /// - Parameters:
  ///   - tensors: floats of each tensor.
  ///   - stateVectors: vectors of optimizer state beside the weights, and those that follow the weights.
  ///   - updatePasses: fork-joins of the update; each but the last takes norms first.
  ///   - packings: layers whose weights are packed before a step.
  ///   - gradientCount: floats of a shard's gradient sums; left out, all of the tensors.
  ///   - factors: floats of a shard's factors of the other gradients.
  package init(
    division: BatchDivision, tensors: [Int], stateVectors: Int, updatePasses: Int, packings: Int,
    gradientCount: Int? = nil, factors: Int = 0, threads: Int
  ) {
    self.threads = threads
    samples = division.batch
    shards = division.shards
    let batch = division.batch(count: division.batch)
    let loads = (0..<division.shards).map { batch.samples(ofShard: $0).count }
    let busiest = Self.busiest(loads, workers: threads)
    busiestSamples = busiest.load
    busiestMicrobatches = busiest.items.reduce(0) {
      $0 + batch.microbatches(ofShard: $1).count
    }

    let chunks = tensors.flatMap { count in
      stride(from: 0, to: count, by: StepGradients.chunkCount).map { min(StepGradients.chunkCount, count - $0) }
    }
    func wakes(_ count: Int) -> Int { max(0, min(threads, count) - 1) }
    gradientWakes = wakes(packings) + wakes(division.shards)
    updateWakes = updatePasses * wakes(chunks.count)

    let count = tensors.reduce(0, +)
    let summed = gradientCount ?? count
    let shardBytes = ShardGradients.bytes(shards: division.shards, count: summed, workers: threads)
    let merges = shardBytes < ShardGradients.bytes(shards: division.shards, count: summed, workers: division.shards)
    let vectorBytes = Double(count * MemoryLayout<Float>.stride)
    let summedBytes = Double(summed * MemoryLayout<Float>.stride)
    // An addition in place reads two buffers and writes one.
    let merged = merges ? division.shards - 1 : 0
    let mergers = min(threads, division.shards)
    mergedBytes = 3 * summedBytes * Double(merged)
    busiestMergedBytes = 3 * summedBytes * Double((merged + mergers - 1) / mergers)
    // The average is read off k buffers, or the one that is left, and k shards' factors; weights and state are read and
    // written. Where norms are wanted, the average is written and read once more, and the weights are read for theirs.
    let vectors = 2 + 2 * stateVectors + 3 * (updatePasses - 1)
    updatedBytes =
      vectorBytes * Double(vectors) + summedBytes * Double(merges ? 1 : division.shards)
      + Double(division.shards * factors * MemoryLayout<Float>.stride)
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
