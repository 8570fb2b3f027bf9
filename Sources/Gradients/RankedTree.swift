/// How the shards of a batch are dealt to ranks, and which sums these leave for one another.
///
/// A rank owns contiguous shards, as many as go evenly. Within them lie whole nodes of the fixed tree
/// (``ReductionTree``), the largest of which it sums itself; the nodes above join those of several ranks. The order of
/// every addition is that of one process.
package struct RankedTree: Sendable, Equatable {
  /// nodes[into] += nodes[from].
  package struct Addition: Sendable, Equatable {
    package let into: Int
    package let from: Int
  }

  /// The shards of each rank.
  package let owned: [Range<Int>]
  /// The largest nodes that lie within one rank's shards, in the order of shards.
  package private(set) var nodes: [Range<Int>] = []
  /// What is left to add, in an order in which every sum is complete before it is added; the last goes into node 0.
  package private(set) var additions: [Addition] = []

  /// The tree of `shards` ≥ 1 shards over `ranks` ranks, of which some may get none.
  package init(shards: Int, ranks: Int) {
    precondition(shards >= 1 && ranks >= 1, "\(shards) shards over \(ranks) ranks")
    owned = (0..<ranks).map { $0 * shards / ranks..<($0 + 1) * shards / ranks }
    _ = descend(0..<shards)
  }

  /// The nodes of one rank, by number.
  package func nodes(ofRank rank: Int) -> Range<Int> {
    let first = nodes.firstIndex { $0.lowerBound >= owned[rank].lowerBound } ?? nodes.count
    let end = nodes.firstIndex { $0.lowerBound >= owned[rank].upperBound } ?? nodes.count
    return first..<max(first, end)
  }

  /// The number of the node that holds the sum over some shards, once all additions are done.
  private mutating func descend(_ range: Range<Int>) -> Int {
    if owned.contains(where: { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }) {
      nodes.append(range)
      return nodes.count - 1
    }
    let middle = range.lowerBound + ReductionTree.largestPowerOfTwo(below: range.count)
    let first = descend(range.lowerBound..<middle)
    let second = descend(middle..<range.upperBound)
    additions.append(Addition(into: first, from: second))
    return first
  }
}
