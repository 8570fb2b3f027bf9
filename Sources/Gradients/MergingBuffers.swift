import Kernels
import Workers

/// Gradient buffers that merge along the tree as soon as two siblings are complete.
///
/// A buffer's content belongs to the worker that acquired or merges it.
package final class MergingBuffers: Sendable {
  private struct State {
    package var tree: ReductionTree
    /// The tree of the other size of batch that was seen.
    package var otherTree: ReductionTree?
    /// Buffers that nobody holds.
    package var free: [Int]
    /// Buffer of each node that is complete and waits for its sibling, or in work.
    package var bufferOfNode: [Int?]
    package var isComplete: [Bool]
    /// Shards that somebody has a buffer for and has not completed, merges included.
    var inWork = 0
    /// Buffers beyond those that were foreseen, each as a sum of one.
    var more: [(memory: Buffer<Float>, whole: Shards)] = []
  }

  /// Where all buffers lie.
  var pages: (address: UInt, bytes: Int) { memory.view.pages }
  private let memory: Buffer<Float>
  /// Each buffer as a sum of one.
  private let wholes: [Shards]
  private let squares: ShardSquares
  private let count: Int
  private let buffers: Int
  private let state: Monitor<State>

  package init(buffers: Int, count: Int, shards: Int, squares: ShardSquares) {
    let memory = Buffer<Float>(count: buffers * count)
    self.memory = memory
    wholes = (0..<buffers).map { Shards([memory.view[$0 * count..<($0 + 1) * count]]) }
    self.squares = squares
    self.count = count
    self.buffers = buffers
    let tree = ReductionTree(shards: shards)
    state = Monitor(
      State(
        tree: tree, free: Array((0..<buffers).reversed()), bufferOfNode: Array(repeating: nil, count: 2 * shards),
        isComplete: Array(repeating: false, count: 2 * shards)))
  }

  /// One of the sums, once every shard is complete, as a sum of one.
  package func root(_ sum: Int = 0) -> Shards {
    state.withLock { state in
      let root = state.tree.roots[sum]
      guard state.isComplete[root], let buffer = state.bufferOfNode[root] else {
        preconditionFailure("the sum was read before every shard was complete")
      }
      return buffer < buffers ? wholes[buffer] : state.more[buffer - buffers].whole
    }
  }

  /// - Parameter sums: what is summed, as ``ReductionTree/init(sums:)`` has it.
  package func begin(sums: [Range<Int>]) {
    state.withLock { state in
      if state.tree.sums != sums {
        // Two sizes of batch take turns at most, so the other tree is kept for when it comes again.
        if state.otherTree?.sums != sums { state.otherTree = ReductionTree(sums: sums) }
        let tree = state.tree
        state.tree = state.otherTree ?? tree
        state.otherTree = tree
      }
      state.free.removeAll(keepingCapacity: true)
      for buffer in (0..<buffers + state.more.count).reversed() { state.free.append(buffer) }
      state.inWork = 0
      for node in state.bufferOfNode.indices {
        state.bufferOfNode[node] = nil
        state.isComplete[node] = false
      }
    }
  }

  /// Whoever is out of buffers waits for a worker that has a shard in work, which may free some. Where nobody has, one more is
  /// made: a worker that was held up with a low shard, or that takes shards of another part of the batch, finds all others' taken
  /// by sums that wait for its own.
  package func acquire(shard: Int) -> Floats {
    let buffer = state.wait { state -> Int? in
      guard let buffer = state.free.popLast() ?? (state.inWork == 0 ? makeBuffer(&state) : nil) else { return nil }
      state.bufferOfNode[shard] = buffer
      state.inWork += 1
      return buffer
    }
    return view(buffer)
  }

  private func makeBuffer(_ state: inout State) -> Int {
    let memory = Buffer<Float>(count: count)
    state.more.append((memory, Shards([memory.view])))
    return buffers + state.more.count - 1
  }

  package func complete(shard: Int) {
    var node = shard
    while let merge = finish(node) {
      add(merge)
      state.signal { $0.free.append(merge.from) }
      node = merge.parent
    }
    // Those who wait see that nobody works for them any more.
    state.broadcast { $0.inWork -= 1 }
  }

  /// Adds one sibling to the other; shards are measured piece by piece on the way.
  private func add(_ merge: Merge) {
    let (into, from) = (view(merge.into), view(merge.from))
    guard (merge.intoShard != nil || merge.fromShard != nil) && !squares.ranges.isEmpty else {
      return Elementwise.add(into: into, from)
    }
    for (piece, range) in squares.ranges.enumerated() {
      let measured = Reduction.addMeasuring(into: into[range], from[range])
      if let shard = merge.intoShard { squares.row(piece)[shard] = measured.into }
      if let shard = merge.fromShard { squares.row(piece)[shard] = measured.from }
    }
  }

  /// Two complete siblings: the buffers of the first and the second, their shards where they are leaves, the parent.
  private struct Merge {
    package var into: Int
    package var from: Int
    package var intoShard: Int?
    package var fromShard: Int?
    package var parent: Int
  }

  /// Marks a node as complete, and says what to merge if its sibling is complete too.
  private func finish(_ node: Int) -> Merge? {
    state.withLock { state in
      state.isComplete[node] = true
      let info = state.tree.nodes[node]
      guard let parent = info.parent, let sibling = info.sibling else { return nil }
      guard state.isComplete[sibling], let mine = state.bufferOfNode[node], let other = state.bufferOfNode[sibling]
      else { return nil }
      let (into, from) = info.isFirst ? (mine, other) : (other, mine)
      let (first, second) = info.isFirst ? (node, sibling) : (sibling, node)
      state.bufferOfNode[parent] = into
      let shards = state.tree.shards
      return Merge(
        into: into, from: from, intoShard: first < shards ? first : nil, fromShard: second < shards ? second : nil,
        parent: parent)
    }
  }

  private func view(_ buffer: Int) -> Floats {
    guard buffer < buffers else { return state.withLock { $0.more[buffer - buffers].memory.view } }
    return memory.view[buffer * count..<(buffer + 1) * count]
  }
}
