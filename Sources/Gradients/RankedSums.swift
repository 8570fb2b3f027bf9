import Kernels
import Models
import Synchronization
import Tracing
import Workers

/// The sums of a step over several ranks: each sums its own nodes of the tree; the owner of a slice gets that slice of all
/// nodes, adds them up chunk by chunk as one process would, and all get what it makes of them.
///
/// Slices cross the network piece by piece: one is on its way while the next is summed, and the last ones while the first are
/// averaged and updated. The same holds for the updated weights. A rank whose shards are one node receives n·(P−1)/P elements of
/// nodes and as many updated weights a step.
final class RankedSums: Sendable {
  /// What every shard leaves beside its gradient: values of all shards, one shard after the other.
  struct ShardValues: Sendable {
    let losses: View<Double>
    let correct: View<Int>
    let statistics: Floats
  }

  /// What belongs to one number of shards.
  private final class Layout: Sendable {
    let shards: Int
    let tree: RankedTree
    /// This rank's nodes, and the shards of each among its own.
    let own: [(number: Int, sum: StepGradients.Node)]
    let nodes: [Range<Int>]
    /// The exchanges of the factors, a shard of each rank at a time; none where no factors travel.
    let factors: [JobSequence.Job]
    /// The exchanges of a step's sums: the shards' values, the pieces, the squares.
    let sums: [JobSequence.Job]

    init(
      _ tree: RankedTree, own: [(number: Int, sum: StepGradients.Node)], factors: [JobSequence.Job],
      sums: [JobSequence.Job]
    ) {
      shards = tree.owned.last?.upperBound ?? 0
      self.tree = tree
      self.own = own
      nodes = own.map(\.sum.shards)
      self.factors = factors
      self.sums = sums
    }
  }

  let collective: BackgroundCollective
  /// Who averages what.
  let slices: RankedSlices
  private let count: Int
  private let gradients: StepGradients
  private let values: ShardValues
  private let parameters: Floats
  private let pieces: [RankedSlices.Piece]
  private let pieceOfChunk: [Int]
  /// What travels as factors.
  private let factors: RankedFactors
  /// The other chunks in the order in which they are summed: piece by piece those of the other ranks, and then the own ones.
  private let order: [Int]
  /// [nodes, parameters]; of other ranks' nodes, this rank's slice.
  private let memory: Buffer<Float>
  /// The same as it travels, where it is rounded: what each owner adds up is what all nodes are after that, its own too, so
  /// that it does not matter who owns what. Empty where sums travel as they are.
  private let rounded: Buffer<UInt16>
  private let isRounded: Bool
  /// Node 0, the sum over all shards once every addition is done.
  private let root: Shards
  /// Σ of squares of each shard's part of every chunk: for each rank [chunks, its shards], one after the other.
  private let squares: Buffer<Double>
  /// 1 for each chunk whose nodes are added up: whoever reads its average once more finds the sum.
  private let added: Buffer<UInt8>
  private let layouts = Mutex<[Int: Layout]>([:])
  private let chunkDeliveries: [Delivery]
  private let parameterDeliveries: [Delivery]
  /// The exchanges of the updated weights, a piece each.
  private let gatherings: [JobSequence.Job]
  /// Numbers of exchanges; written between fork-joins.
  private struct Numbers: BitwiseCopyable {
    var firstFactors = 0
    var firstSums = 0
    var firstWeights = 0
  }

  private let numbers = Buffer<Numbers>(count: 1)
  /// Exchanges of the shards' values, which come before those of the sums.
  private static let valueExchanges = 3
  /// The batch of the moment, and what belongs to its number of shards; written between fork-joins.
  private let current = Buffer<ShardedBatch>(count: 1)
  private nonisolated(unsafe) var currentLayout: Layout?

  init(
    _ collective: BackgroundCollective, shards: Int, count: Int, gradients: StepGradients, values: ShardValues,
    parameters: Floats, factors: RankedFactors, isRounded: Bool
  ) {
    self.collective = collective
    self.count = count
    self.gradients = gradients
    self.values = values
    self.parameters = parameters
    self.factors = factors
    let slices = RankedSlices(gradients.chunks.map(\.range), count: count, ranks: collective.ranks)
    let pieces = slices.pieces(collective.overlaps ? Self.pieces(slices) : 1)
    self.slices = slices
    self.pieces = pieces
    let (rank, ranks) = (collective.rank, 0..<collective.ranks)
    var pieceOfChunk = Array(repeating: 0, count: gradients.chunks.count)
    for (number, piece) in pieces.enumerated() {
      for chunk in piece.chunks.joined() { pieceOfChunk[chunk] = number }
    }
    self.pieceOfChunk = pieceOfChunk
    let chunks =
      pieces.flatMap { piece in ranks.filter { $0 != rank }.flatMap { Array(piece.chunks[$0]) } }
      + Array(slices.chunks[rank])
    order = chunks.filter { !factors.isSent[$0] }
    let elements = Int.saturatingProduct(Self.mostNodes(shards: shards, ranks: collective.ranks), count)
    memory = Buffer(count: elements)
    rounded = Buffer(count: isRounded ? elements : 0)
    self.isRounded = isRounded
    root = Shards([memory.view.prefix(count)])
    squares = Buffer(count: shards * gradients.chunks.count)
    added = Buffer(count: gradients.chunks.count)
    chunkDeliveries = Delivery.all(slices.chunks)
    parameterDeliveries = Delivery.all(slices.parameters)
    gatherings = pieces.map { piece in
      collective.job(parts: piece.chunks[rank].count, parameters, Delivery.all(piece.parameters))
    }
  }

  /// Pieces of at least 128 KiB, and at most 12: a part of the network's time is lost between two of them, and the time of one
  /// before the first and behind the last.
  private static func pieces(_ slices: RankedSlices) -> Int {
    let largest = slices.parameters.reduce(0) { max($0, $1.count) }
    return max(1, min(12, largest / (4 * StepGradients.chunkCount)))
  }

  /// The most shards that a rank computes of a batch of `shards`.
  static func mostShards(of shards: Int, ranks: Int) -> Int { (shards + ranks - 1) / ranks }

  /// Bytes of the nodes that a rank writes or receives: all of its own, and its slice of the others'.
  static func bytes(shards: Int, count: Int, ranks: Int, isRounded: Bool) -> Int {
    let tree = RankedTree(shards: shards, ranks: ranks)
    let own = (0..<ranks).reduce(0) { max($0, tree.nodes(ofRank: $1).count) }
    let floats = Int.saturatingProduct(own * ranks + tree.nodes.count, count) / ranks
    return Int.saturatingProduct(floats, MemoryLayout<Float>.stride + (isRounded ? MemoryLayout<UInt16>.stride : 0))
  }

  /// The most nodes of one rank of any batch of up to `shards` shards.
  static func mostOwnNodes(shards: Int, ranks: Int) -> Int {
    (1...shards).reduce(1) { most, shards in
      let tree = RankedTree(shards: shards, ranks: ranks)
      return (0..<ranks).reduce(most) { max($0, tree.nodes(ofRank: $1).count) }
    }
  }

  /// Nodes that any batch of up to `shards` shards leaves.
  static func mostNodes(shards: Int, ranks: Int) -> Int {
    (1...shards).reduce(0) { max($0, RankedTree(shards: $1, ranks: ranks).nodes.count) }
  }

  private func layout(_ shards: Int) -> Layout {
    // Workers ask for every chunk, and would wait for one another's lock.
    if let layout = currentLayout, layout.shards == shards { return layout }
    return layouts.withLock { layouts in
      if let known = layouts[shards] { return known }
      let tree = RankedTree(shards: shards, ranks: collective.ranks)
      let first = tree.owned[collective.rank].lowerBound
      let own = tree.nodes(ofRank: collective.rank).enumerated().map { place, number in
        let shards = tree.nodes[number].lowerBound - first..<tree.nodes[number].upperBound - first
        return (number, gradients.node(of: shards, number: place))
      }
      let layout = Layout(tree, own: own, factors: factorExchanges(of: tree), sums: sumExchanges(of: tree))
      collective.reserve(layout.factors.count + layout.sums.count + gatherings.count)
      layouts[shards] = layout
      return layout
    }
  }

  /// One shard of every rank after the other, each as soon as all of these are computed.
  private func factorExchanges(of tree: RankedTree) -> [JobSequence.Job] {
    guard !factors.tensors.isEmpty else { return [] }
    let all = gradients.allFactors
    return (0..<tree.owned.reduce(0) { max($0, $1.count) }).map { turn in
      var deliveries: [Delivery] = []
      for (rank, owned) in tree.owned.enumerated() where turn < owned.count {
        let first = (owned.lowerBound + turn) * all.count
        for (owner, parts) in factors.wanted.enumerated() where owner != rank {
          deliveries += parts.map {
            Delivery(first + $0.lowerBound..<first + $0.upperBound, from: rank, to: owner)
          }
        }
      }
      return collective.job(parts: turn < tree.owned[collective.rank].count ? 1 : 0, all.values, deliveries)
    }
  }

  private func sumExchanges(of tree: RankedTree) -> [JobSequence.Job] {
    func deliveries(perShard count: Int) -> [Delivery] {
      Delivery.all(tree.owned.map { $0.lowerBound * count..<$0.upperBound * count })
    }
    let perShard = values.losses.count > 0 ? values.statistics.count / values.losses.count : 0
    let first = [
      collective.job(parts: 0, values.losses, deliveries(perShard: 1)),
      collective.job(parts: 0, values.correct, deliveries(perShard: 1)),
      collective.job(parts: 0, values.statistics, deliveries(perShard: perShard)),
    ]
    let sums = pieces.map { piece in
      let deliveries = self.deliveries(of: tree, piece)
      let others = piece.chunks.enumerated().filter { $0.offset != collective.rank }.flatMap(\.element)
        .count { !factors.isSent[$0] }
      return isRounded
        ? collective.job(parts: others, rounded.view, deliveries)
        : collective.job(parts: others, memory.view, deliveries)
    }
    return first + sums + [collective.job(parts: 1, squares.view, deliveries(perShard: gradients.chunks.count))]
  }

  /// Each owner's part of a piece of every node of another rank.
  private func deliveries(of tree: RankedTree, _ piece: RankedSlices.Piece) -> [Delivery] {
    let ranks = 0..<collective.ranks
    return ranks.flatMap { rank in
      tree.nodes(ofRank: rank).flatMap { node in
        ranks.filter { $0 != rank }.flatMap { owner in
          factors.sums(of: piece.chunks[owner], in: slices).map { part in
            Delivery(node * count + part.lowerBound..<node * count + part.upperBound, from: rank, to: owner)
          }
        }
      }
    }
  }

  /// The shards of this rank.
  func owned(_ batch: ShardedBatch) -> Range<Int> { layout(batch.shards).tree.owned[collective.rank] }

  /// The nodes of this rank, as shards among its own; `nil` where it has none.
  func nodes(_ batch: ShardedBatch) -> [Range<Int>]? {
    let nodes = layout(batch.shards).nodes
    return nodes.isEmpty ? nil : nodes
  }

  // MARK: Over samples

  /// Gives every rank what each has written of its own shards: a value of every shard.
  func shareShards<Element>(_ values: View<Element>, _ batch: ShardedBatch) {
    collective.exchange(values, Delivery.all(layout(batch.shards).tree.owned))
  }

  /// Prepares for the shards of a batch, before they are computed.
  func begin(_ batch: ShardedBatch) {
    let layout = layout(batch.shards)
    currentLayout = layout
    numbers.view[0].firstFactors = collective.begin(layout.factors)
  }

  /// Says that one of this rank's shards is computed, the `turn`th of them: its factors may go.
  func complete(turn: Int) {
    if !factors.tensors.isEmpty { collective.partIsReady(of: numbers.view[0].firstFactors + turn) }
  }

  /// Sums this rank's nodes and measures its shards, while the values of all shards are shared and the sums begin to cross the
  /// network; they may still do so when this returns.
  func combine(_ batch: ShardedBatch, pool: WorkerPool) {
    added.view.fill(with: 0)
    current.view[0] = batch
    let values = collective.begin(layout(batch.shards).sums)
    let sums = values + Self.valueExchanges
    numbers.view[0].firstSums = sums
    pool.run(order.count, as: .nodes, sum(worker:index:))
    collective.partIsReady(of: sums + pieces.count)
    if !collective.overlaps { collective.finish() }
    collective.wait(for: sums - 1)
  }

  /// Writes a chunk's sum of each of this rank's nodes, and each shard's squares.
  private func sum(worker: Int, index: Int) {
    let (batch, chunk) = (current.view[0], order[index])
    let layout = layout(batch.shards)
    let (owned, range) = (layout.tree.owned[collective.rank], gradients.chunks[chunk].range)
    for (number, node) in layout.own {
      let first = squaresIndex(of: chunk, in: owned) + node.shards.lowerBound
      gradients.sum(
        chunk, over: node, of: batch, firstShard: owned.lowerBound, worker: worker, into: row(number)[range],
        squares: squares.view[first..<first + node.shards.count])
      if isRounded { BFloat16.round(row(number)[range], into: roundedRow(number)[range]) }
    }
    if slices.chunks[collective.rank].contains(chunk) { return }
    collective.partIsReady(of: numbers.view[0].firstSums + pieceOfChunk[chunk])
  }

  private func squaresIndex(of chunk: Int, in owned: Range<Int>) -> Int {
    owned.lowerBound * gradients.chunks.count + chunk * owned.count
  }

  // MARK: Over parameters

  /// Writes the batch's average of a chunk of this rank's slice, from all ranks' nodes or factors, as soon as they are there.
  ///
  /// - Returns: the sum of its squares; of the shards' squares 0, where ``shardSquares(ofChunk:of:)`` knows them.
  func average(
    _ chunk: Int, of batch: ShardedBatch, dividedBy divisor: Float, worker: Int, into result: Floats
  ) -> GradientSquares {
    if factors.isSent[chunk] {
      // The factors have come before the shards' values, which ``combine(_:pool:)`` has waited for.
      return gradients.measuredAverage(chunk, of: batch, dividedBy: divisor, worker: worker, into: result)
    }
    collective.wait(for: numbers.view[0].firstSums + pieceOfChunk[chunk])
    let range = gradients.chunks[chunk].range
    let layout = layout(batch.shards)
    if added.view[chunk] == 0 {
      if isRounded {
        for node in layout.tree.nodes.indices { BFloat16.expand(roundedRow(node)[range], into: row(node)[range]) }
      }
      for addition in layout.tree.additions {
        Elementwise.add(into: row(addition.into)[range], row(addition.from)[range])
      }
    }
    added.view[chunk] = 1
    let average = Reduction.treeSum(root, range: range, dividedBy: divisor, into: result)
    return GradientSquares(average: average, shards: 0)
  }

  /// Σ of squares of all shards' parts of a chunk, once all exchanges of the sums are over; 0 for a single shard, `nil` for a
  /// chunk of which the owner alone knows it.
  func shardSquares(ofChunk chunk: Int, of batch: ShardedBatch) -> Double? {
    if factors.isSent[chunk] { return nil }
    guard batch.shards > 1 else { return 0 }
    var sum = 0.0
    for owned in layout(batch.shards).tree.owned {
      let first = squaresIndex(of: chunk, in: owned)
      for index in first..<first + owned.count { sum += squares.view[index] }
    }
    return sum
  }

  /// Gives every rank what each has written of its own chunks: a value of every chunk.
  func shareChunks<Element>(_ values: View<Element>) { collective.exchange(values, chunkDeliveries) }

  /// Gives every rank each one's slice of a vector that is laid out as the parameters.
  func shareParameters(_ values: Floats) { collective.exchange(values, parameterDeliveries) }

  // MARK: Updated weights

  /// Begins to give every rank the weights, each piece as soon as ``gather(_:)`` has named all of its chunks here.
  func beginGathering() { numbers.view[0].firstWeights = collective.begin(gatherings) }

  /// Says that a chunk of this rank's slice is updated.
  func gather(_ chunk: Int) { collective.partIsReady(of: numbers.view[0].firstWeights + pieceOfChunk[chunk]) }

  /// Returns when nothing is on its way: all weights are there.
  func finish() { collective.finish() }

  private func row(_ node: Int) -> Floats { memory.view[node * count..<(node + 1) * count] }

  private func roundedRow(_ node: Int) -> View<UInt16> { rounded.view[node * count..<(node + 1) * count] }
}
