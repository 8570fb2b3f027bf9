import CKernels

/// k gradient buffers of equal length, as the tree sum reads them.
public struct Shards: Sendable {
  /// k.
  public private(set) var count: Int
  /// Elements of each buffer.
  public let length: Int
  private let addresses: Buffer<UnsafePointer<Float>>

  /// The buffers, in the order of their shards. They must stay allocated while this value is in use.
  public init(_ buffers: [Floats]) {
    precondition((1...1 << 20).contains(buffers.count), "a sum of \(buffers.count) buffers")
    count = buffers.count
    length = buffers[0].count
    precondition(
      buffers.allSatisfy { [length] in $0.count == length },
      "buffers of \(buffers.map(\.count)) elements")
    addresses = Buffer(buffers.map { UnsafePointer($0.base) })
  }

  /// Rows of a matrix [k, length].
  public init(rowsOf matrix: Matrix) {
    self.init((0..<matrix.rows).map { matrix.storage[$0 * matrix.columns..<($0 + 1) * matrix.columns] })
  }

  /// The first `count` buffers.
  public func prefix(_ count: Int) -> Shards {
    precondition(count >= 1 && count <= self.count, "\(count) of \(self.count) buffers")
    var first = self
    first.count = count
    return first
  }

  var base: UnsafeMutablePointer<UnsafePointer<Float>> { addresses.view.base }
}

/// Sums whose order is fixed.
public enum Reduction {
  /// sum[i] ← (Σ_j shards[j][range.lowerBound + i]) ÷ divisor, in the fixed binary tree.
  ///
  /// The tree's node over shards lo..<hi splits at lo + (the largest power of two below hi − lo), so a subtree is the tree
  /// of its own shards, and a node is left + right wherever it is computed. `sum` may be that range of a shard.
  public static func treeSum(_ shards: Shards, range: Range<Int>, dividedBy divisor: Float = 1, into sum: Floats) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shards.length && sum.count == range.count,
      "sum of \(range) of buffers of \(shards.length) into \(sum.count)")
    KernelPath.table.pointee.tree_sum(shards.base, shards.count, range.lowerBound, range.count, divisor, sum.base)
  }

  /// Σ x², accumulated in double precision.
  public static func squaredNorm(_ x: Floats) -> Double {
    KernelPath.table.pointee.squared_norm(x.base, x.count)
  }
}
