import Kernels

/// Sums of squares of every shard's gradient, piece by piece: what the noise of the gradient is computed from.
///
/// A piece is measured when its bytes pass through a core's cache anyway: before the sum over shards, or before two
/// siblings merge. The values depend on the pieces alone, not on who measured them or when.
struct ShardSquares: Sendable {
  /// Pieces of the parameter vector.
  let ranges: [Range<Int>]
  private let shards: Int
  /// [pieces, shards].
  private let values: Buffer<Double>

  init(ranges: [Range<Int>], shards: Int) {
    self.ranges = shards > 1 ? ranges : []
    self.shards = shards
    values = Buffer(count: self.ranges.count * shards)
  }

  /// Measures one piece of one shard's gradient sum; `gradient` is the whole of it.
  func measure(_ piece: Int, shard: Int, gradient: Floats) {
    values.view[piece * shards + shard] = Reduction.squaredNorm(gradient[ranges[piece]])
  }

  /// Σ over the first `active` shards of the piece's squares.
  func sum(_ piece: Int, active: Int) -> Double {
    var sum = 0.0
    for shard in 0..<active { sum += values.view[piece * shards + shard] }
    return sum
  }
}
