import Kernels
import Tracing
import Models
import Synchronization
import Workers

/// The sums of a step over several ranks: each sums its own nodes of the tree, all get all nodes, and add them up chunk
/// by chunk as one process would.
final class RankedSums: Sendable {
  /// What belongs to one number of shards.
  private struct Layout: Sendable {
    let tree: RankedTree
    /// The shards' buffers under each of this rank's nodes.
    let buffers: [Shards]
  }

  let collective: any Collective
  private let count: Int
  private let chunks: Int
  private let shardGradients: ShardGradients
  /// [nodes, parameters].
  private let memory: Buffer<Float>
  /// Each shard's squares of every chunk: [k, chunks].
  private let squares: Buffer<Double>
  /// 1 for each chunk whose nodes are added up: whoever reads its average once more finds the sum.
  private let added: Buffer<UInt8>
  private let layouts = Mutex<[Int: Layout]>([:])

  init(_ collective: any Collective, shards: Int, count: Int, chunks: Int, gradients: ShardGradients) {
    self.collective = collective
    self.count = count
    self.chunks = chunks
    shardGradients = gradients
    let most = (1...shards).reduce(0) { max($0, RankedTree(shards: $1, ranks: collective.ranks).nodes.count) }
    memory = Buffer(count: most * count)
    squares = Buffer(count: shards * chunks)
    added = Buffer(count: chunks)
  }

  private func layout(_ shards: Int) -> Layout {
    layouts.withLock { layouts in
      if let known = layouts[shards] { return known }
      let tree = RankedTree(shards: shards, ranks: collective.ranks)
      let first = tree.owned[collective.rank].lowerBound
      let buffers = tree.nodes(ofRank: collective.rank).map { node in
        Shards(tree.nodes[node].map { shardGradients.acquire(shard: $0 - first) })
      }
      let layout = Layout(tree: tree, buffers: buffers)
      layouts[shards] = layout
      return layout
    }
  }

  /// The shards of this rank.
  func owned(_ batch: ShardedBatch) -> Range<Int> { layout(batch.shards).tree.owned[collective.rank] }

  /// Gives every rank what each has written of its own shards: `perShard` values of every shard.
  func gather<Element>(_ values: View<Element>, perShard: Int, _ batch: ShardedBatch) {
    let parts = layout(batch.shards).tree.owned.map { $0.lowerBound * perShard..<$0.upperBound * perShard }
    collective.gather(values, parts: parts)
  }

  /// Sums this rank's nodes, measures its shards, and gets the others' nodes and measurements.
  func combine(_ batch: ShardedBatch, chunks ranges: [Range<Int>], pool: WorkerPool) {
    let layout = layout(batch.shards)
    let nodes = layout.tree.nodes(ofRank: collective.rank)
    added.view.fill(with: 0)
    pool.run(ranges.count, as: .nodes) { [self] _, chunk in
      let range = ranges[chunk]
      for (buffers, node) in zip(layout.buffers, nodes) {
        let own = Buffer<Double>(count: buffers.count)
        Reduction.treeSum(buffers, range: range, into: row(node)[range], squares: own.view)
        for (index, shard) in layout.tree.nodes[node].enumerated() {
          squares.view[shard * self.chunks + chunk] = own.view[index]
        }
      }
    }
    let parts = (0..<collective.ranks).map { layout.tree.nodes(ofRank: $0) }
    collective.gather(memory.view, parts: parts.map { $0.lowerBound * count..<$0.upperBound * count })
    gather(squares.view, perShard: chunks, batch)
  }

  /// Writes the batch's average of a chunk, from all ranks' nodes.
  func average(
    _ chunk: Int, range: Range<Int>, of batch: ShardedBatch, dividedBy divisor: Float, into result: Floats
  ) -> GradientSquares {
    for addition in layout(batch.shards).tree.additions where added.view[chunk] == 0 {
      Elementwise.add(into: row(addition.into)[range], row(addition.from)[range])
    }
    added.view[chunk] = 1
    let average = Reduction.treeSum(Shards([row(0)]), range: range, dividedBy: divisor, into: result)
    let own = Buffer((0..<batch.shards).map { squares.view[$0 * chunks + chunk] })
    return GradientSquares(average: average, ofShards: own.view)
  }

  private func row(_ node: Int) -> Floats { memory.view[node * count..<(node + 1) * count] }
}
