import Kernels

/// The gradient sums of the shards of one step, and their average over the batch.
///
/// A worker acquires the buffer of a shard, sums the gradient of the shard's samples into it, and completes the shard.
/// When all shards are complete, any range of the average can be read off, by several workers at once.
///
/// Two ways to hold the sums, with the same bits:
/// - *separate*: k buffers. The sum over shards happens chunk by chunk while the weights are updated, so that each
///   byte of gradient is read once.
/// - *merging*: whoever completes the second of two siblings adds the two at once; about T + log2 k buffers live.
///   For models whose k buffers would not fit in ``separateBytes``.
package final class ShardGradients: Sendable {
  /// k buffers of up to this many bytes in all are kept separately: about what a last-level cache holds. Beyond it,
  /// merging early keeps the live buffers in the cache: with k = 16 and 7 MB each, the update's share of a step fell
  /// from 9 % to 2 % on two cores.
  package static let separateBytes = 32 << 20

  /// k, the most shards of a step.
  package let shards: Int
  /// Elements of a gradient.
  package let count: Int
  /// Memory of all buffers.
  package var bytes: Int { Self.bytes(shards: shards, count: count, workers: workers, sums: sums) }
  /// Whether siblings merge as soon as both are complete.
  package var merges: Bool { merging != nil }
  /// Where the buffers lie that merge; nothing without them.
  var mergingPages: (address: UInt, bytes: Int) { merging?.pages ?? (0, 0) }
  private let workers: Int
  /// The most sums of a step.
  private let sums: Int
  /// The single sum of each number of shards.
  private let wholes: [[Range<Int>]]
  private let separate: Buffer<Float>?
  private let rows: Shards?
  private let merging: MergingBuffers?
  private let squares: ShardSquares

  /// Buffers for up to `shards` gradients of `count` elements, filled by up to `workers` workers at a time.
  ///
  /// - Parameters:
  ///   - measuring: pieces for ``measuredAverage(_:active:dividedBy:into:)``, which cover all elements.
  ///   - merge: whether siblings merge at once; left out, it follows from ``separateBytes``.
  ///   - sums: how many sums there are at most of one step's shards (``begin(active:sums:)``).
  package init(
    shards: Int, count: Int, workers: Int, measuring ranges: [Range<Int>] = [], merge: Bool? = nil, sums: Int = 1
  ) {
    self.shards = shards
    self.count = count
    self.workers = workers
    self.sums = sums
    wholes = (0...shards).map { [0..<$0] }
    squares = ShardSquares(ranges: ranges, shards: shards)
    if merge ?? Self.merges(shards: shards, count: count, workers: workers, sums: sums) {
      separate = nil
      rows = nil
      merging = MergingBuffers(
        buffers: Self.mergingBuffers(shards: shards, workers: workers, sums: sums), count: Self.stride(count),
        shards: shards,
        squares: squares)
    } else {
      let memory = Buffer<Float>(count: shards * Self.stride(count))
      separate = memory
      rows = Shards(rowsOf: Matrix(memory.view, rows: shards, columns: Self.stride(count)))
      merging = nil
    }
  }

  /// Memory that the buffers of such a run take, in bytes.
  package static func bytes(shards: Int, count: Int, workers: Int, sums: Int = 1) -> Int {
    let buffers =
      merges(shards: shards, count: count, workers: workers, sums: sums)
      ? mergingBuffers(shards: shards, workers: workers, sums: sums) : shards
    return Int.saturatingProduct(buffers, stride(count), MemoryLayout<Float>.stride)
  }

  /// Prepares for a step of `active` ≤ k shards: the last, smaller batch of an epoch may have fewer.
  ///
  /// The coordinator calls it between fork-joins.
  ///
  /// - Parameter sums: which neighbouring shards are summed, if not all of them are.
  package func begin(active: Int, sums: [Range<Int>]? = nil) {
    precondition(active >= 1 && active <= shards, "\(active) active shards of \(shards)")
    merging?.begin(sums: sums ?? wholes[active])
  }

  /// The buffer for the sum of one shard. Its content is what an earlier step left: the first microbatch overwrites.
  package func acquire(shard: Int) -> Floats {
    if let separate { return separate.view[shard * Self.stride(count)..<(shard * Self.stride(count) + count)] }
    return merging!.acquire(shard: shard).prefix(count)
  }

  /// Says that the shard's sum is complete.
  package func complete(shard: Int) {
    merging?.complete(shard: shard)
  }

  /// Where a piece given as `measuring` lies.
  func range(ofPiece piece: Int) -> Range<Int> { squares.ranges[piece] }

  /// Writes the sum over the `active` shards, in tree order, of the elements at `range`, divided by `divisor`.
  package func average(_ range: Range<Int>, active: Int, dividedBy divisor: Float, into result: Floats) {
    precondition(result.count == range.count, "sum of \(range.count) elements into \(result.count)")
    if let rows {
      Reduction.treeSum(rows, first: active, range: range, dividedBy: divisor, into: result)
    } else if let merging {
      Reduction.treeSum(merging.root(), range: range, dividedBy: divisor, into: result)
    }
  }

  /// The same of one of the pieces given as `measuring`, and what its elements say about the noise.
  package func measuredAverage(
    _ piece: Int, active: Int, dividedBy divisor: Float, into result: Floats
  ) -> GradientSquares {
    let range = squares.ranges[piece]
    precondition(result.count == range.count, "sum of \(range.count) elements into \(result.count)")
    let average =
      if let rows {
        Reduction.treeSum(
          rows, first: active, range: range, dividedBy: divisor, into: result,
          squares: squares.row(piece).prefix(active))
      } else {
        Reduction.treeSum(merging!.root(), range: range, dividedBy: divisor, into: result)
      }
    return GradientSquares(average: average, ofShards: squares.row(piece).prefix(active))
  }

  /// Writes one of several sums over the shards at a piece, and each of its shards' squares.
  func sum(_ piece: Int, number: Int, of shards: Range<Int>, into sum: Floats, squares: View<Double>) {
    guard let root = merging?.root(number) else { preconditionFailure("sums of shards that have not merged") }
    let range = self.squares.ranges[piece]
    // A shard that is a sum by itself has met no sibling that would have measured it.
    if shards.count == 1 {
      Reduction.treeSum(root, range: range, into: sum, squares: squares)
    } else {
      Reduction.treeSum(root, range: range, into: sum)
      squares.copy(from: self.squares.row(piece)[shards])
    }
  }

  private static func merges(shards: Int, count: Int, workers: Int, sums: Int) -> Bool {
    Int.saturatingProduct(shards, stride(count), MemoryLayout<Float>.stride) > separateBytes
      && mergingBuffers(shards: shards, workers: workers, sums: sums) < shards
  }

  /// Enough that a worker that waits for a buffer always gets one: if all others finish what they hold, the complete
  /// shards form a prefix, whose sums take at most one buffer for each level of the tree, and one for each tree before it.
  private static func mergingBuffers(shards: Int, workers: Int, sums: Int) -> Int {
    min(shards, workers + ReductionTree(shards: shards).depth + sums - 1)
  }

  /// Distance between two buffers: whole cache lines, and never a multiple of 4 KiB, where the same element of all
  /// shards would fall into the same set of the first-level cache.
  private static func stride(_ count: Int) -> Int {
    let padded = (count + 15) / 16 * 16
    return padded % 1024 == 0 ? padded + 16 : padded
  }
}

/// Sums of squares of a piece of a step's gradient, measured as its shards were summed.
package struct GradientSquares: Sendable, Equatable, BitwiseCopyable {
  /// Σ of the average's squares.
  package var average: Double
  /// Σ_j |S_j|² over the shards' gradient sums; 0 for a single shard, which says nothing about noise.
  package var shards: Double

  /// The average's sum, and each shard's, which are added in order.
  package init(average: Double, ofShards squares: View<Double>) {
    self.average = average
    shards = 0
    for shard in squares.indices where squares.count > 1 { shards += squares[shard] }
  }

  /// Two given sums.
  package init(average: Double, shards: Double) {
    self.average = average
    self.shards = shards
  }
}
