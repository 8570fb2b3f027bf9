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
    let sumBytes = roundsSums ? 2 : 4
    let chunks = StepGradients.chunkRanges(network, samples: samples)
    let slices = RankedSlices(chunks, count: network.parameterCount, ranks: ranks)
    let tree = RankedTree(shards: shards, ranks: ranks)
    // What every rank gives to all others: per shard two sums, running statistics, squares of each chunk; per chunk squares
    // of its average, and those for norms; its slice of the weights.
    let given = (0..<ranks).map { rank in
      tree.owned[rank].count * (16 + 4 * network.statisticsCount + 8 * chunks.count)
        + slices.chunks[rank].count * 16 * (1 + norms) + slices.parameters[rank].count * 4
    }
    let total = given.reduce(0, +)
    return (0..<ranks).map { rank in
      // Of its own nodes the slices of others, and of others' nodes its slice.
      let nodes = tree.nodes(ofRank: rank).count
      let slice = slices.parameters[rank].count
      return RankShare(
        shards: tree.owned[rank], parameters: slice,
        sentBytes: given[rank] * (ranks - 1) + sumBytes * nodes * (network.parameterCount - slice),
        receivedBytes: total - given[rank] + sumBytes * (tree.nodes.count - nodes) * slice)
    }
  }
}
