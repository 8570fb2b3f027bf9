/// The fixed binary tree in which shard gradients are added, for any number of shards.
///
/// The node over shards [lo, hi) adds the node of its first 2^p shards to the node of the rest, where 2^p is the
/// largest power of two below hi − lo. Every prefix of 2^p shards is then a node, so a rank can own a subtree, and
/// the tree of k shards is part of the tree of 2k.
package struct ReductionTree: Sendable {
  /// A node: a leaf holds one shard, an inner node the sum of its two children.
  package struct Node: Sendable {
    package var parent: Int?
    package var sibling: Int?
    /// Whether the node is its parent's first child.
    package var isFirst = false
  }

  /// k, at least 1.
  package let shards: Int
  /// What is summed: all shards or, where several processes have a part of them each, some neighbouring ones after the other,
  /// a tree each.
  package let sums: [Range<Int>]
  /// The node that holds each of the sums.
  package let roots: [Int]
  /// Leaves first, in the order of shards; then the inner nodes.
  package let nodes: [Node]

  /// The tree of `shards` leaves.
  package init(shards: Int) { self.init(sums: [0..<shards]) }

  /// Trees side by side; their shards follow one another from 0.
  package init(sums: [Range<Int>]) {
    let shards = sums.last?.upperBound ?? 0
    precondition(
      sums.first?.lowerBound == 0 && sums.allSatisfy { !$0.isEmpty }
        && zip(sums, sums.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "a reduction over \(sums)")
    self.shards = shards
    self.sums = sums
    var nodes = [Node](repeating: Node(), count: shards)
    func build(_ range: Range<Int>) -> Int {
      if range.count == 1 { return range.lowerBound }
      let middle = range.lowerBound + Self.largestPowerOfTwo(below: range.count)
      let first = build(range.lowerBound..<middle)
      let second = build(middle..<range.upperBound)
      nodes.append(Node())
      let parent = nodes.count - 1
      nodes[first].parent = parent
      nodes[first].sibling = second
      nodes[first].isFirst = true
      nodes[second].parent = parent
      nodes[second].sibling = first
      return parent
    }
    roots = sums.map(build)
    self.nodes = nodes
  }

  /// Number of additions on the longest way from a leaf to the root.
  package var depth: Int { shards.bitWidth - (shards - 1).leadingZeroBitCount }

  package static func largestPowerOfTwo(below count: Int) -> Int {
    1 << (count.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}
