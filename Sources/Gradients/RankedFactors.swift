import Models

/// The wide dense layers whose factors cross the network in place of their sums, where that is fewer bytes.
///
/// A rank whose part of the batch is small has fewer numbers in x and dy of its samples than in its sums of dyᵀ·x. The owner of
/// a piece of such a layer gets the factors of all shards and multiplies them, shard by shard, as one process would; what a rank
/// saves of multiplying the whole layer for its own shards it spends on its slice for all.
package struct RankedFactors: Sendable, Equatable {
  /// The tensors concerned, by number.
  package let tensors: [Int]
  /// Of each chunk, whether it is one of theirs.
  package let isSent: [Bool]
  /// What each rank wants of the factors of every shard of the others.
  let wanted: [[Range<Int>]]

  /// The choice for batches of at most `shards` shards.
  ///
  /// - Parameter sumBytes: of a number of a sum as it travels.
  init(
    _ layout: StepGradients.Layout, _ slices: RankedSlices, shards: Int, ranks: Int, sumBytes: Int
  ) {
    let tree = RankedTree(shards: shards, ranks: ranks)
    var tensors: [Int] = []
    var isSent = Array(repeating: false, count: layout.chunks.count)
    var wanted = Array(repeating: [Range<Int>](), count: ranks)
    for (tensor, factors) in layout.factors.sorted(by: { $0.key < $1.key }) {
      let chunks = layout.chunks.indices.filter { layout.chunks[$0].tensor == tensor }
      guard let first = chunks.first, let last = chunks.last else { continue }
      let parts = slices.chunks.map { $0.clamped(to: first..<last + 1) }
      let owners = parts.indices.filter { !parts[$0].isEmpty }
      var (asSums, asFactors) = (0, 0)
      for rank in 0..<ranks {
        let nodes = tree.nodes(ofRank: rank).count
        for owner in owners where owner != rank {
          asSums += nodes * slices.place(parts[owner]).count * sumBytes
          asFactors += tree.owned[rank].count * factors.count * 4
        }
      }
      guard asFactors < asSums else { continue }
      tensors.append(tensor)
      for chunk in chunks { isSent[chunk] = true }
      for owner in owners {
        // Layers whose factors follow one another are one message.
        if let before = wanted[owner].last, before.upperBound == factors.lowerBound {
          wanted[owner][wanted[owner].count - 1] = before.lowerBound..<factors.upperBound
        } else {
          wanted[owner].append(factors)
        }
      }
    }
    self.tensors = tensors
    self.isSent = isSent
    self.wanted = wanted
  }

  /// The choice for a network whose shards have at most `samples` samples.
  package init(_ network: Network, shards: Int, samples: Int, ranks: Int, roundsSums: Bool) {
    let layout = StepGradients.Layout(network, samples: samples)
    let slices = RankedSlices(layout.chunks.map(\.range), count: network.parameterCount, ranks: ranks)
    self.init(layout, slices, shards: shards, ranks: ranks, sumBytes: roundsSums ? 2 : 4)
  }

  /// The parts of some neighbouring chunks whose sums travel, in parameters.
  func sums(of chunks: Range<Int>, in slices: RankedSlices) -> [Range<Int>] {
    var runs: [Range<Int>] = []
    for chunk in chunks where !isSent[chunk] {
      if let last = runs.last, last.upperBound == chunk {
        runs[runs.count - 1] = last.lowerBound..<chunk + 1
      } else {
        runs.append(chunk..<chunk + 1)
      }
    }
    return runs.map(slices.place).filter { !$0.isEmpty }
  }
}
