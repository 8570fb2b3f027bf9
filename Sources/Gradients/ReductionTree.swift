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
  /// Leaves first, in the order of shards; then the inner nodes.
  package let nodes: [Node]

  /// The tree of `shards` leaves.
  package init(shards: Int) {
    precondition(shards >= 1, "a reduction over \(shards) shards")
    self.shards = shards
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
    _ = build(0..<shards)
    self.nodes = nodes
  }

  /// Number of additions on the longest way from a leaf to the root.
  package var depth: Int { shards.bitWidth - (shards - 1).leadingZeroBitCount }

  package static func largestPowerOfTwo(below count: Int) -> Int {
    1 << (count.bitWidth - 1 - (count - 1).leadingZeroBitCount)
  }
}
