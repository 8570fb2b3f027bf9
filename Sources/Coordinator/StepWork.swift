import Calendars
import Configuration
import Gradients
import Kernels
import Machine
import Models
import Optimizers
import Records

/// What one step asks of T workers, counted rather than timed: what a model of its cost starts from.
///
/// Shards and chunks are dealt as the worker pool deals them: each goes to the worker that is free first, in order.
/// The busiest worker decides how long a fork-join takes; what the others do meanwhile shares the memory with it.
///
/// Of a run over several ranks it is the work of the busiest rank, and what the ranks on its host do meanwhile.
package struct StepWork: Sendable, Equatable {
  /// T, of each rank.
  package var threads: Int
  /// P.
  package var ranks: Int
  /// Those of them that share the memory of a host.
  package var hostRanks: Int
  /// B.
  package var samples: Int
  /// Those of its samples that the ranks of one host compute: B for a single rank.
  package var hostSamples: Int
  /// k of this batch.
  package var shards: Int
  /// Samples of the busiest worker, 1…B.
  package var busiestSamples: Int
  /// Microbatches of the busiest worker.
  package var busiestMicrobatches: Int
  /// Workers that the fork-joins before the update wake, beside the caller.
  package var gradientWakes = 0
  /// Workers that the update's fork-joins wake.
  package var updateWakes = 0
  /// Bytes that shards' gradients move before the update, on a host: where siblings merge while shards are computed,
  /// and where ranks sum their own shards; 0 for one rank whose buffers are separate.
  package var mergedBytes = 0.0
  /// The part of them of the busiest worker.
  package var busiestMergedBytes = 0.0
  /// Bytes that the updates of a host read and write: gradients of the shards, weights and optimizer state.
  package var updatedBytes = 0.0
  /// The part of them of the busiest worker.
  package var busiestUpdatedBytes = 0.0
  /// Of a sample's work, the part that waits for the update, 0…1: products of the factors of weight gradients.
  package var deferredShare = 0.0
  /// The busiest worker's part of that, 1/T…1.
  package var busiestDeferredShare = 0.0
  /// Bytes of gradients that the busiest rank sends or receives, whichever are more, and of all that is small; 0 for one
  /// rank.
  package var sumBytes = 0.0
  /// Those of weights.
  package var weightBytes = 0.0
  /// Whether ranks send while they sum and update, rather than afterwards.
  package var overlapsExchange = false
  /// How often ranks wait for one another before the update, and from there on.
  package var gradientExchanges = 0
  package var updateExchanges = 0
  /// Where the workers of a host are that compute samples, and all of them: the former are no more than there are shards.
  package private(set) var places = Places.together
  package private(set) var updatePlaces = Places.together

  /// Workers on a host.
  package var hostWorkers: Int { threads * hostRanks }

  /// The work of a plan's full batch, with another number of threads than the plan's, or another division.
  ///
  /// - Parameters:
  ///   - ranks: P.
  ///   - hostRanks: those of them on one host.
  ///   - machine: what hosts have of nodes, L3 groups and cores.
  package init(
    _ plan: RunPlan, division: BatchDivision? = nil, threads: Int, ranks: Int = 1, hostRanks: Int = 1,
    machine: Topology.Count? = nil
  ) {
    let division = division ?? plan.division
    let factored = FactoredGradients(plan.network, samples: plan.largestShard(division))
    self.init(
      division: division, tensors: plan.network.tensors.map(\.range.count),
      stateVectors: plan.update.stateNames.count + (plan.update.follower == nil ? 0 : 1),
      updatePasses: plan.update.passes,
      packings: plan.network.packingCount(transposing: division.batch / ranks >= ZeroSkipping.transposeSamples),
      gradientCount: factored.gradientCount, factors: factored.count, threads: threads, ranks: ranks,
      hostRanks: hostRanks)
    if ranks > 1 {
      overlapsExchange = plan.configuration.ranks?.overlap ?? true
      let bytes = plan.rankRecords(ranks).map { max($0.sentBytes, $0.receivedBytes) }.max() ?? 0
      sumBytes = max(0, Double(bytes) - weightBytes)
      gradientExchanges += plan.network.statisticsCount > 0 ? 1 : 0
    }
    if let machine { place(on: machine) }
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
    gradientCount: Int? = nil, factors: Int = 0, threads: Int, ranks: Int = 1, hostRanks: Int = 1
  ) {
    self.threads = threads
    self.ranks = ranks
    self.hostRanks = hostRanks
    samples = division.batch
    shards = division.shards
    let batch = division.batch(count: division.batch)
    let tree = RankedTree(shards: division.shards, ranks: ranks)
    func loads(_ rank: Int) -> [Int] { tree.owned[rank].map { batch.samples(ofShard: $0).count } }
    let rank = tree.owned.indices.max {
      Self.busiest(loads($0), workers: threads).load < Self.busiest(loads($1), workers: threads).load
    }!
    let owned = tree.owned[rank]
    let busiest = Self.busiest(loads(rank), workers: threads)
    busiestSamples = busiest.load
    busiestMicrobatches = busiest.items.reduce(0) {
      $0 + batch.microbatches(ofShard: owned.lowerBound + $1).count
    }
    hostSamples = min(division.batch, hostRanks * loads(rank).reduce(0, +))

    let chunks = tensors.flatMap { count in
      stride(from: 0, to: count, by: StepGradients.chunkCount).map { min(StepGradients.chunkCount, count - $0) }
    }
    func wakes(_ count: Int) -> Int { max(0, min(threads, count) - 1) }
    gradientWakes = wakes(packings) + wakes(owned.count) + (ranks > 1 ? wakes(chunks.count) : 0)
    updateWakes = updatePasses * wakes((chunks.count + ranks - 1) / ranks)

    let count = tensors.reduce(0, +)
    let bytes = Bytes(
      vector: Double(count * MemoryLayout<Float>.stride), summedCount: gradientCount ?? count,
      factors: Double(factors * MemoryLayout<Float>.stride),
      // Weights and state are read and written. Where norms are wanted, the average is written and read once more, and
      // the weights are read for theirs.
      vectors: 2 + 2 * stateVectors + 3 * (updatePasses - 1),
      share: count > 0 ? Double(Self.busiest(chunks, workers: threads).load) / Double(count) : 0)
    if ranks == 1 {
      countBytes(bytes)
    } else {
      countBytes(bytes, tree, rank: rank)
      // Sums and their squares, losses and hits; weights and measurements, and norms before them.
      (gradientExchanges, updateExchanges) = (4, 1 + updatePasses)
    }
  }

  /// What the bytes of a step are made of.
  private struct Bytes {
    /// Those of a vector as long as the parameters, and of a shard's gradient sums and factors.
    var vector: Double
    var summedCount: Int
    var factors: Double
    /// Vectors that an update moves beside gradients.
    var vectors: Int
    /// The busiest worker's part of the parameters.
    var share: Double
    var summed: Double { Double(summedCount * MemoryLayout<Float>.stride) }
  }

  /// Bytes of a run of one rank.
  private mutating func countBytes(_ bytes: Bytes) {
    let shardBytes = ShardGradients.bytes(shards: shards, count: bytes.summedCount, workers: threads)
    let merges = shardBytes < ShardGradients.bytes(shards: shards, count: bytes.summedCount, workers: shards)
    // An addition in place reads two buffers and writes one.
    let merged = merges ? shards - 1 : 0
    let mergers = min(threads, shards)
    mergedBytes = 3 * bytes.summed * Double(merged)
    busiestMergedBytes = 3 * bytes.summed * Double((merged + mergers - 1) / mergers)
    // The average is read off k buffers, or the one that is left, and k shards' factors.
    updatedBytes =
      bytes.vector * Double(bytes.vectors) + bytes.summed * Double(merges ? 1 : shards)
      + Double(shards) * bytes.factors
    busiestUpdatedBytes = updatedBytes * bytes.share
  }

  /// Bytes of one rank of several: it sums its nodes over its own shards, and reads all nodes' part of its slice.
  private mutating func countBytes(_ bytes: Bytes, _ tree: RankedTree, rank: Int) {
    let nodes = tree.owned.indices.map { tree.nodes(ofRank: $0).count }
    let combined =
      Double(tree.owned[rank].count) * (bytes.summed + bytes.factors) + Double(nodes[rank]) * bytes.vector
    mergedBytes = Double(hostRanks) * combined
    busiestMergedBytes = combined * bytes.share
    let slice = bytes.vector / Double(ranks)
    let updated = slice * Double(bytes.vectors + tree.nodes.count)
    updatedBytes = Double(hostRanks) * updated
    busiestUpdatedBytes = updated * bytes.share
    // Of its own nodes the slices of others, or of others' nodes its slice.
    let sent = (nodes.max() ?? 0) * (ranks - 1)
    sumBytes = Double(max(sent, tree.nodes.count - (nodes.min() ?? 0))) * slice
    weightBytes = slice * Double(ranks - 1)
  }

  /// Puts the workers of a host onto what it has.
  package mutating func place(on machine: Topology.Count) {
    let shards = max(1, (shards + ranks - 1) / ranks)
    places = Places(threads: min(threads, shards), hostRanks: hostRanks, on: machine)
    updatePlaces = Places(threads: threads, hostRanks: hostRanks, on: machine)
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
