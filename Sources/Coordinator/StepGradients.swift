import AllReduce
import Configuration
import Kernels
import Models

/// The gradients of a step's shards, from where the shards leave them to their average, chunk by chunk.
///
/// Of most tensors a shard leaves its gradient sum, in the buffers of the all-reduce. Of wide dense layers it leaves the
/// factors (``FactoredGradients``): the worker that averages a chunk multiplies it for every shard and sums the
/// products, all in one core's cache. The order of every sum is the same.
final class StepGradients: Sendable {
  /// Floats of a chunk: 32 KiB, so that average, weights and momentum of a chunk fit a second-level cache.
  static let chunkCount = 8192

  /// A piece of one tensor, the unit of work of the update.
  struct Chunk: Sendable {
    /// Where it lies in the parameter vector.
    var range: Range<Int>
    var tensor: Int
    fileprivate var source: Source
  }

  /// Where a chunk's gradient comes from.
  fileprivate enum Source: Sendable {
    /// This piece of the shards' sums.
    case sums(Int)
    case factors(FactoredGradients.Piece)
  }

  /// All chunks, which cover the parameters.
  let chunks: [Chunk]
  private let division: BatchDivision
  private let factored: FactoredGradients
  private let sums: ShardGradients
  /// The shards' factors, [k, factors of one].
  private let factors: Buffer<Float>
  /// What a worker multiplies: a chunk of every shard, and its squares.
  private let products: [Products]

  init(_ plan: RunPlan, workers: Int) {
    division = plan.division
    let factored = Self.factored(plan, plan.division)
    var chunks: [Chunk] = []
    var pieces: [Range<Int>] = []
    for (tensor, range) in plan.network.tensors.map(\.range).enumerated() {
      if let own = factored.pieces(ofTensor: tensor) {
        chunks += own.map { Chunk(range: $0.range, tensor: tensor, source: .factors($0)) }
        continue
      }
      for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunkCount) {
        let chunk = first..<min(first + Self.chunkCount, range.upperBound)
        chunks.append(Chunk(range: chunk, tensor: tensor, source: .sums(pieces.count)))
        pieces.append(factored.gradientRange(chunk))
      }
    }
    self.factored = factored
    self.chunks = chunks
    sums = ShardGradients(
      shards: division.shards, count: factored.gradientCount, workers: workers, measuring: pieces)
    factors = Buffer(count: division.shards * factored.count)
    products = factored.count > 0 ? (0..<workers).map { [division] _ in Products(shards: division.shards) } : []
  }

  /// Memory that the gradients of such a run take, in bytes.
  static func bytes(_ plan: RunPlan) -> Int {
    let factored = factored(plan, plan.division)
    let shards = plan.division.shards
    let products = factored.count > 0 ? plan.threads * Products.count(shards: shards) : 0
    let factorCount = Int.saturatingSum(Int.saturatingProduct(shards, factored.count), products)
    return Int.saturatingSum(
      ShardGradients.bytes(shards: shards, count: factored.gradientCount, workers: plan.threads),
      Int.saturatingProduct(factorCount, MemoryLayout<Float>.stride))
  }

  /// The layers whose shards leave factors.
  static func factored(_ plan: RunPlan, _ division: BatchDivision) -> FactoredGradients {
    FactoredGradients(
      plan.network, samples: division.largestShard(count: max(division.batch, plan.calendar.largestBatch)))
  }

  /// Prepares for a batch of `active` ≤ k shards, between fork-joins.
  func begin(active: Int) { sums.begin(active: active) }

  /// Where the shard of these samples leaves its gradient: sums, and factors if there are any.
  func acquire(shard: Int, samples: Range<Int>) -> (sums: Floats, factors: ShardFactors?) {
    let own = sums.acquire(shard: shard)
    guard factored.count > 0 else { return (own, nil) }
    return (own, ShardFactors(factored, in: factors(ofShard: shard), samples: samples))
  }

  /// Says that the shard's gradient is complete.
  func complete(shard: Int) { sums.complete(shard: shard) }

  /// Writes a chunk's sum over the shards of a batch of `count` samples, in tree order, divided by `divisor`.
  func measuredAverage(
    _ chunk: Chunk, count: Int, dividedBy divisor: Float, worker: Int, into average: Floats
  ) -> GradientSquares {
    let active = division.activeShards(count: count)
    switch chunk.source {
    case .sums(let piece):
      return sums.measuredAverage(piece, active: active, dividedBy: divisor, into: average)
    case .factors(let piece):
      for shard in 0..<active {
        factored.multiply(
          piece, samples: division.samples(shard: shard, count: count).count, of: factors.view,
          at: shard * factored.count, into: products[worker].row(shard).prefix(chunk.range.count))
      }
      return products[worker].average(active: active, dividedBy: divisor, into: average)
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

    init(shards: Int) {
      let memory = Buffer<Float>(count: Self.count(shards: shards))
      self.memory = memory
      rows = Shards(rowsOf: Matrix(memory.view, rows: shards, columns: Self.stride))
      squares = Buffer(count: shards)
    }

    static func count(shards: Int) -> Int { shards * stride }

    func row(_ shard: Int) -> Floats { memory.view[shard * Self.stride..<shard * Self.stride + chunkCount] }

    func average(active: Int, dividedBy divisor: Float, into result: Floats) -> GradientSquares {
      let squares = squares.view.prefix(active)
      let average = Reduction.treeSum(
        rows, first: active, range: 0..<result.count, dividedBy: divisor, into: result, squares: squares)
      return GradientSquares(average: average, ofShards: squares)
    }
  }
}
