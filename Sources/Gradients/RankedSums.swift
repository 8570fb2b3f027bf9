import Kernels
import Models
import Synchronization
import Tracing
import Workers

/// The sums of a step over several ranks: each sums its own nodes of the tree; the owner of a slice gets that slice of all
/// nodes, adds them up chunk by chunk as one process would, and all get what it makes of them.
///
/// A rank whose shards are one node receives n·(P−1)/P elements of nodes and as many updated weights a step.
final class RankedSums: Sendable {
  /// What belongs to one number of shards.
  private final class Layout: Sendable {
    let tree: RankedTree
    /// This rank's nodes.
    let own: [(number: Int, sum: StepGradients.Node)]
    /// Slices of nodes, to their owners.
    let nodes: [Delivery]
    /// Of values that every shard has so many of.
    private let perShard = Mutex<[Int: [Delivery]]>([:])

    init(_ tree: RankedTree, own: [(number: Int, sum: StepGradients.Node)], nodes: [Delivery]) {
      self.tree = tree
      self.own = own
      self.nodes = nodes
    }

    func deliveries(perShard count: Int) -> [Delivery] {
      perShard.withLock { known in
        if let deliveries = known[count] { return deliveries }
        let deliveries = Delivery.all(tree.owned.map { $0.lowerBound * count..<$0.upperBound * count })
        known[count] = deliveries
        return deliveries
      }
    }
  }

  let collective: any Collective
  /// Who averages what.
  let slices: RankedSlices
  private let count: Int
  private let gradients: StepGradients
  /// [nodes, parameters]; of other ranks' nodes, this rank's slice.
  private let memory: Buffer<Float>
  /// Σ of squares of each shard's part of every chunk: for each rank [chunks, its shards], one after the other.
  private let squares: Buffer<Double>
  /// 1 for each chunk whose nodes are added up: whoever reads its average once more finds the sum.
  private let added: Buffer<UInt8>
  private let layouts = Mutex<[Int: Layout]>([:])
  private let chunkDeliveries: [Delivery]
  private let parameterDeliveries: [Delivery]

  init(_ collective: any Collective, shards: Int, count: Int, gradients: StepGradients) {
    self.collective = collective
    self.count = count
    self.gradients = gradients
    slices = RankedSlices(gradients.chunks.map(\.range), count: count, ranks: collective.ranks)
    memory = Buffer(count: Int.saturatingProduct(Self.mostNodes(shards: shards, ranks: collective.ranks), count))
    squares = Buffer(count: shards * gradients.chunks.count)
    added = Buffer(count: gradients.chunks.count)
    chunkDeliveries = Delivery.all(slices.chunks)
    parameterDeliveries = Delivery.all(slices.parameters)
  }

  /// The most shards that a rank computes of a batch of `shards`.
  static func mostShards(of shards: Int, ranks: Int) -> Int { (shards + ranks - 1) / ranks }

  /// Bytes of the nodes that a rank writes or receives: all of its own, and its slice of the others'.
  static func bytes(shards: Int, count: Int, ranks: Int) -> Int {
    let tree = RankedTree(shards: shards, ranks: ranks)
    let own = (0..<ranks).reduce(0) { max($0, tree.nodes(ofRank: $1).count) }
    let floats = Int.saturatingProduct(own * ranks + tree.nodes.count, count) / ranks
    return Int.saturatingProduct(floats, MemoryLayout<Float>.stride)
  }

  /// Nodes that any batch of up to `shards` shards leaves.
  static func mostNodes(shards: Int, ranks: Int) -> Int {
    (1...shards).reduce(0) { max($0, RankedTree(shards: $1, ranks: ranks).nodes.count) }
  }

  private func layout(_ shards: Int) -> Layout {
    layouts.withLock { layouts in
      if let known = layouts[shards] { return known }
      let tree = RankedTree(shards: shards, ranks: collective.ranks)
      let first = tree.owned[collective.rank].lowerBound
      let own = tree.nodes(ofRank: collective.rank).map { number in
        let shards = tree.nodes[number]
        return (number, gradients.node(of: shards.lowerBound - first..<shards.upperBound - first))
      }
      let layout = Layout(tree, own: own, nodes: deliveries(of: tree))
      layouts[shards] = layout
      return layout
    }
  }

  /// Each owner's slice of every node of another rank.
  private func deliveries(of tree: RankedTree) -> [Delivery] {
    let ranks = 0..<collective.ranks
    return ranks.flatMap { rank in
      tree.nodes(ofRank: rank).flatMap { node in
        ranks.filter { $0 != rank && !slices.parameters[$0].isEmpty }.map { owner in
          let slice = slices.parameters[owner]
          return Delivery(node * count + slice.lowerBound..<node * count + slice.upperBound, from: rank, to: owner)
        }
      }
    }
  }

  /// The shards of this rank.
  func owned(_ batch: ShardedBatch) -> Range<Int> { layout(batch.shards).tree.owned[collective.rank] }

  // MARK: Over samples

  /// Gives every rank what each has written of its own shards: `perShard` values of every shard.
  func shareShards<Element>(_ values: View<Element>, perShard: Int, _ batch: ShardedBatch) {
    collective.exchange(values, layout(batch.shards).deliveries(perShard: perShard))
  }

  /// Sums this rank's nodes, measures its shards, and gets its slice of the others' nodes, and their measurements.
  func combine(_ batch: ShardedBatch, pool: WorkerPool) {
    let layout = layout(batch.shards)
    let owned = layout.tree.owned[collective.rank]
    added.view.fill(with: 0)
    pool.run(gradients.chunks.count, as: .nodes) { [self] worker, chunk in
      let range = gradients.chunks[chunk].range
      for (number, node) in layout.own {
        let first = squaresIndex(of: chunk, in: owned) + node.shards.lowerBound
        gradients.sum(
          chunk, over: node, of: batch, firstShard: owned.lowerBound, worker: worker, into: row(number)[range],
          squares: squares.view[first..<first + node.shards.count])
      }
    }
    collective.exchange(memory.view, layout.nodes)
    shareShards(squares.view, perShard: gradients.chunks.count, batch)
  }

  private func squaresIndex(of chunk: Int, in owned: Range<Int>) -> Int {
    owned.lowerBound * gradients.chunks.count + chunk * owned.count
  }

  // MARK: Over parameters

  /// Writes the batch's average of a chunk of this rank's slice, from all ranks' nodes.
  func average(
    _ chunk: Int, of batch: ShardedBatch, dividedBy divisor: Float, into result: Floats
  ) -> GradientSquares {
    let range = gradients.chunks[chunk].range
    let layout = layout(batch.shards)
    for addition in layout.tree.additions where added.view[chunk] == 0 {
      Elementwise.add(into: row(addition.into)[range], row(addition.from)[range])
    }
    added.view[chunk] = 1
    let average = Reduction.treeSum(Shards([row(0)]), range: range, dividedBy: divisor, into: result)
    guard batch.shards > 1 else { return GradientSquares(average: average, shards: 0) }
    var sum = 0.0
    for owned in layout.tree.owned {
      let first = squaresIndex(of: chunk, in: owned)
      for index in first..<first + owned.count { sum += squares.view[index] }
    }
    return GradientSquares(average: average, shards: sum)
  }

  /// Gives every rank what each has written of its own chunks: a value of every chunk.
  func shareChunks<Element>(_ values: View<Element>) { collective.exchange(values, chunkDeliveries) }

  /// Gives every rank each one's slice of a vector that is laid out as the parameters.
  func shareParameters(_ values: Floats) { collective.exchange(values, parameterDeliveries) }

  private func row(_ node: Int) -> Floats { memory.view[node * count..<(node + 1) * count] }
}
