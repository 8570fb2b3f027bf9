import Kernels
import Models

/// The gradients of a step's shards, from where the shards leave them to their average, chunk by chunk.
///
/// Of most tensors a shard leaves its gradient sum, in the buffers of the all-reduce. Of wide dense layers it leaves the
/// factors (``FactoredGradients``): the worker that averages a chunk multiplies it for every shard and sums the
/// products, all in one core's cache. The order of every sum is the same.
package final class StepGradients: Sendable {
  /// Floats of a chunk: 32 KiB, so that average, weights and momentum of a chunk fit a second-level cache.
  package static let chunkCount = 8192

  /// A piece of one tensor, the unit of work of the update.
  package struct Chunk: Sendable {
    /// Where it lies in the parameter vector.
    package var range: Range<Int>
    package var tensor: Int
    fileprivate var source: Source

    /// Which part of its layer's inputs a factored chunk reads; 0 for others.
    var block: Int {
      switch source {
      case .sums: 0
      case .factors(let piece): piece.block
      }
    }
  }

  /// Where a chunk's gradient comes from.
  fileprivate enum Source: Sendable {
    /// This piece of the shards' sums.
    case sums(Int)
    case factors(FactoredGradients.Piece)
  }

  /// The chunks of a network, and where each factored tensor's factors lie among those of a shard.
  package struct Layout: Sendable {
    let chunks: [Chunk]
    let factors: [Int: Range<Int>]

    /// - Parameter samples: of the largest shard.
    package init(_ network: Network, samples: Int) {
      // Of factors that travel, every byte counts.
      let factored = FactoredGradients(network, samples: samples, holdsLists: false)
      chunks = StepGradients.chunks(network, factored).0
      let offsets = network.tensors.enumerated().compactMap { tensor, entry in
        factored.offset(ofWeights: entry.range).map { (tensor: tensor, offset: $0) }
      }.sorted { $0.offset < $1.offset }
      let ends = offsets.dropFirst().map(\.offset) + [factored.count]
      factors = Dictionary(uniqueKeysWithValues: zip(offsets, ends).map { ($0.tensor, $0.offset..<$1) })
    }
  }

  /// All chunks, which cover the parameters.
  package let chunks: [Chunk]
  private let factored: FactoredGradients
  let sums: ShardGradients
  /// The shards' factors, [k, factors of one].
  private let factors: Buffer<Float>
  /// Whether these are of all shards of a batch, while the sums are of those that this process computes.
  private let holdsAllFactors: Bool
  /// What a worker multiplies: a chunk of every shard, and its squares.
  private let products: [Products]
  /// Where a shard's sums have a meaning: not between tensors, nor where nobody wants a gradient.
  private let meaningful: [Range<Int>]

  /// Memory for the gradients of `shards` shards of at most `samples` samples each.
  ///
  /// - Parameters:
  ///   - sums: how many nodes of the tree these shards are at most.
  ///   - factorShards: shards of the whole batch, where there is room for the factors of those of other processes too.
  package init(
    _ network: Network, shards: Int, samples: Int, workers: Int, sums count: Int = 1, factorShards: Int? = nil
  ) {
    let factored = FactoredGradients(network, samples: samples, holdsLists: factorShards == nil)
    let (chunks, pieces) = Self.chunks(network, factored)
    self.factored = factored
    self.chunks = chunks
    sums = ShardGradients(
      shards: shards, count: factored.gradientCount, workers: workers, measuring: pieces, sums: count)
    let factorRows = factorShards ?? shards
    holdsAllFactors = factorShards != nil
    factors = Buffer(count: factorRows * factored.count)
    products = factored.count > 0 ? (0..<workers).map { _ in Products(shards: factorRows) } : []
    let computed = Set(network.operations[network.firstTrainedOperation...].flatMap(\.parameters))
    meaningful = network.tensors.indices.compactMap { tensor in
      let range = network.tensors[tensor].range
      return computed.contains(range) && factored.pieces(ofTensor: tensor) == nil ? factored.gradientRange(range) : nil
    }
  }

  /// The chunks of a network, and where the sums of those that are not factored lie.
  private static func chunks(_ network: Network, _ factored: FactoredGradients) -> ([Chunk], pieces: [Range<Int>]) {
    var chunks: [Chunk] = []
    var pieces: [Range<Int>] = []
    for (tensor, range) in network.tensors.map(\.range).enumerated() {
      if let own = factored.pieces(ofTensor: tensor) {
        chunks += own.map { Chunk(range: $0.range, tensor: tensor, source: .factors($0)) }
        continue
      }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: chunkCount) {
        let chunk = first..<min(first + chunkCount, range.upperBound)
        chunks.append(Chunk(range: chunk, tensor: tensor, source: .sums(pieces.count)))
        pieces.append(factored.gradientRange(chunk))
      }
    }
    return (chunks, pieces)
  }

  /// Memory that such gradients take, in bytes.
  package static func bytes(
    _ network: Network, shards: Int, samples: Int, workers: Int, sums: Int = 1, factorShards: Int? = nil
  ) -> Int {
    let factored = FactoredGradients(network, samples: samples, holdsLists: factorShards == nil)
    let factorRows = factorShards ?? shards
    let products = factored.count > 0 ? workers * Products.count(shards: factorRows) : 0
    let factorCount = Int.saturatingSum(Int.saturatingProduct(factorRows, factored.count), products)
    return Int.saturatingSum(
      ShardGradients.bytes(
        shards: shards, count: factored.gradientCount, workers: workers, sums: sums),
      Int.saturatingProduct(factorCount, MemoryLayout<Float>.stride))
  }

  /// Prepares for `active` ≤ k shards, between fork-joins.
  ///
  /// - Parameter sums: the shards of each node, where they are several.
  package func begin(active: Int, sums: [Range<Int>]? = nil) { self.sums.begin(active: active, sums: sums) }

  /// Where the shard of these samples leaves its gradient: sums, and factors if there are any.
  ///
  /// - Parameter number: the shard's in the batch, where others are computed elsewhere.
  package func acquire(
    shard: Int, number: Int? = nil, samples: Range<Int>
  ) -> (sums: Floats, factors: ShardFactors?) {
    let own = sums.acquire(shard: shard)
    guard factored.count > 0 else { return (own, nil) }
    let row = holdsAllFactors ? number ?? shard : shard
    return (own, ShardFactors(factored, in: factors(ofShard: row), samples: samples))
  }

  /// The factors of all shards of a batch, and how many numbers are those of one.
  var allFactors: (values: Floats, count: Int) {
    precondition(holdsAllFactors, "the factors of other processes' shards, for which there is no room")
    return (factors.view, factored.count)
  }

  /// Whether siblings merge while shards are computed.
  package var merges: Bool { sums.merges }

  /// Floats that a shard leaves, as sums and as factors.
  var counts: (sums: Int, factors: Int) { (factored.gradientCount, factored.count) }

  /// Where a second computation of a shard leaves its factors.
  func factors(_ samples: Range<Int>, in storage: Floats) -> ShardFactors? {
    factored.count > 0 ? ShardFactors(factored, in: storage, samples: samples) : nil
  }

  /// All that a shard has left, as one number. What is between the factors counts, so it has to be the same.
  func fingerprint(_ sums: Floats, _ factors: ShardFactors?) -> Fingerprint {
    var fingerprint = Fingerprint()
    for range in meaningful { fingerprint.add(sums[range]) }
    if let factors { fingerprint.add(factors.storage) }
    return fingerprint
  }

  /// Writes a shard's own buffers for the first time, so that they lie near to whoever does.
  func touch(shard: Int) {
    if !sums.merges { sums.acquire(shard: shard).fill(with: 0) }
    factors(ofShard: shard).fill(with: 0)
  }

  /// Says that the shard's gradient is complete.
  package func complete(shard: Int) { sums.complete(shard: shard) }

  /// Writes a chunk's sum over the shards of a batch, in tree order, divided by `divisor`.
  package func measuredAverage(
    _ index: Int, of batch: ShardedBatch, dividedBy divisor: Float, worker: Int, into average: Floats
  ) -> GradientSquares {
    switch chunks[index].source {
    case .sums(let piece):
      return sums.measuredAverage(piece, active: batch.shards, dividedBy: divisor, into: average)
    case .factors(let piece):
      // Once a chunk, not once a shard: what all workers share is counted by all of them.
      let (all, count, own) = (factors.view, factored.count, products[worker])
      for shard in 0..<batch.shards {
        factored.multiply(
          piece, samples: batch.samples(ofShard: shard).count, of: all, at: shard * count,
          into: own.row(shard).prefix(average.count))
      }
      return own.average(active: batch.shards, dividedBy: divisor, into: average)
    }
  }

  /// Some neighbouring shards, whose sum is a node of the tree.
  struct Node: Sendable {
    let shards: Range<Int>
    /// Its number among those that ``begin(active:sums:)`` is told of.
    fileprivate let number: Int
    /// `nil` where shards merge.
    fileprivate let sums: Shards?
  }

  /// The node of some shards.
  func node(of shards: Range<Int>, number: Int) -> Node {
    Node(
      shards: shards, number: number,
      sums: sums.merges ? nil : Shards(shards.map { sums.acquire(shard: $0) }))
  }

  /// Writes a chunk's sum over a node's shards, in tree order, and each shard's sum of squares.
  ///
  /// - Parameter firstShard: what number shard 0 of the buffers has in the batch.
  func sum(
    _ index: Int, over node: Node, of batch: ShardedBatch, firstShard: Int, worker: Int, into sum: Floats,
    squares: View<Double>
  ) {
    switch chunks[index].source {
    case .sums(let piece):
      if let rows = node.sums {
        Reduction.treeSum(rows, range: sums.range(ofPiece: piece), into: sum, squares: squares)
      } else {
        sums.sum(piece, number: node.number, of: node.shards, into: sum, squares: squares)
      }
    case .factors(let piece):
      let (all, count, own) = (factors.view, factored.count, products[worker])
      for (row, shard) in node.shards.enumerated() {
        let place = holdsAllFactors ? firstShard + shard : shard
        factored.multiply(
          piece, samples: batch.samples(ofShard: firstShard + shard).count, of: all, at: place * count,
          into: own.row(row).prefix(sum.count))
      }
      own.sum(first: node.shards.count, into: sum, squares: squares)
    }
  }

  private func factors(ofShard shard: Int) -> Floats {
    factors.view[shard * factored.count..<(shard + 1) * factored.count]
  }

  /// A chunk's gradient of every shard, in one worker's cache.
  private struct Products: Sendable {
    /// Not a multiple of 4 KiB, where the same element of all shards would fall into one set of the first-level cache.
    private static let stride = chunkCount + 16
    private let memory: Buffer<Float>
    private let rows: Shards
    private let squares: Buffer<Double>

    package init(shards: Int) {
      let memory = Buffer<Float>(count: Self.count(shards: shards))
      self.memory = memory
      rows = Shards(rowsOf: Matrix(memory.view, rows: shards, columns: Self.stride))
      squares = Buffer(count: shards)
    }

    package static func count(shards: Int) -> Int { shards * stride }

    package func row(_ shard: Int) -> Floats { memory.view[shard * Self.stride..<shard * Self.stride + chunkCount] }

    package func average(active: Int, dividedBy divisor: Float, into result: Floats) -> GradientSquares {
      let squares = squares.view.prefix(active)
      let average = sum(first: active, dividedBy: divisor, into: result, squares: squares)
      return GradientSquares(average: average, ofShards: squares)
    }

    @discardableResult
    func sum(first count: Int, dividedBy divisor: Float = 1, into result: Floats, squares: View<Double>) -> Double {
      Reduction.treeSum(
        rows, first: count, range: 0..<result.count, dividedBy: divisor, into: result, squares: squares)
    }
  }
}
