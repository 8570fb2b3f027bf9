import Kernels

/// Sums of squares of every shard's gradient, piece by piece: what the noise of the gradient is computed from.
///
/// A piece is measured when it passes through a core's registers anyway: as the shards are summed, or as two siblings
/// merge. The values depend on the pieces alone, not on who measured them or when.
package struct ShardSquares: Sendable {
  /// Pieces of the parameter vector.
  package let ranges: [Range<Int>]
  private let shards: Int
  /// [pieces, shards].
  private let values: Buffer<Double>

  package init(ranges: [Range<Int>], shards: Int) {
    self.ranges = ranges
    self.shards = shards
    values = Buffer(count: ranges.count * shards)
  }

  /// The squares of one piece, a number for each shard.
  package func row(_ piece: Int) -> View<Double> { values.view[piece * shards..<(piece + 1) * shards] }
}
