import Kernels
import Models

/// What one rank of a run holds, computes and moves in a step.
package struct RankShare: Sendable, Equatable {
  /// Shards whose gradients it computes.
  package let shards: Range<Int>
  /// Parameters that it averages and updates, and whose optimizer state it keeps.
  package let parameters: Int
  /// Bytes that it sends and receives in a step, but for the single bytes of agreements.
  package let sentBytes: Int
  package let receivedBytes: Int

  /// The shares of all ranks of a run whose batches have `shards` shards of at most `samples` samples.
  ///
  /// - Parameters:
  ///   - norms: how often a step sums squares over tensors (LARS, LAMB, clipping).
  ///   - roundsSums: whether sums travel as bfloat16.
  package static func all(
    _ network: Network, shards: Int, samples: Int, ranks: Int, norms: Int = 0, roundsSums: Bool = false
  ) -> [RankShare] {
    let layout = StepGradients.Layout(network, samples: samples)
    let chunks = layout.chunks.count
    let slices = RankedSlices(layout.chunks.map(\.range), count: network.parameterCount, ranks: ranks)
    let sumBytes = roundsSums ? 2 : 4
    let factors = RankedFactors(layout, slices, shards: shards, ranks: ranks, sumBytes: sumBytes)
    let tree = RankedTree(shards: shards, ranks: ranks)
    // What every rank gives to all others: per shard two sums, running statistics, squares of each chunk; per chunk squares
    // of its average, and those for norms; its slice of the weights.
    let given = (0..<ranks).map { rank in
      tree.owned[rank].count * (16 + 4 * network.statisticsCount + 8 * chunks)
        + slices.chunks[rank].count * 16 * (1 + norms) + slices.parameters[rank].count * 4
    }
    // What an owner wants of each node and each shard of the others.
    let nodeBytes = slices.chunks.map { chunks in
      sumBytes * factors.sums(of: chunks, in: slices).reduce(0) { $0 + $1.count }
    }
    let shardBytes = factors.wanted.map { $0.reduce(0) { $0 + 4 * $1.count } }
    let (total, allNodeBytes) = (given.reduce(0, +), nodeBytes.reduce(0, +))
    let allShardBytes = shardBytes.reduce(0, +)
    return (0..<ranks).map { rank in
      let (nodes, own) = (tree.nodes(ofRank: rank).count, tree.owned[rank].count)
      return RankShare(
        shards: tree.owned[rank], parameters: slices.parameters[rank].count,
        sentBytes: given[rank] * (ranks - 1) + nodes * (allNodeBytes - nodeBytes[rank])
          + own * (allShardBytes - shardBytes[rank]),
        receivedBytes: total - given[rank] + (tree.nodes.count - nodes) * nodeBytes[rank]
          + (shards - own) * shardBytes[rank])
    }
  }
}
