import CKernels

/// k gradient buffers of equal length, as the tree sum reads them.
package struct Shards: Sendable {
  /// k.
  package private(set) var count: Int
  /// Elements of each buffer.
  package let length: Int
  private let storage: Storage

  /// Where the buffers begin, and what keeps them: one object, so that a copy counts one reference.
  private final class Storage: Sendable {
    let addresses: Buffer<UnsafePointer<Float>>
    let buffers: [Floats]

    init(_ buffers: [Floats]) {
      self.buffers = buffers
      addresses = Buffer(buffers.map { UnsafePointer($0.base) })
    }
  }

  /// The buffers, in the order of their shards.
  package init(_ buffers: [Floats]) {
    precondition((1...1 << 20).contains(buffers.count), "a sum of \(buffers.count) buffers")
    count = buffers.count
    length = buffers[0].count
    precondition(
      buffers.allSatisfy { [length] in $0.count == length },
      "buffers of \(buffers.map(\.count)) elements")
    storage = Storage(buffers)
  }

  /// Rows of a matrix [k, length].
  package init(rowsOf matrix: Matrix) {
    self.init((0..<matrix.rows).map { matrix.storage[$0 * matrix.columns..<($0 + 1) * matrix.columns] })
  }

  /// The first `count` buffers.
  package func prefix(_ count: Int) -> Shards {
    precondition(count >= 1 && count <= self.count, "\(count) of \(self.count) buffers")
    var first = self
    first.count = count
    return first
  }

  var base: UnsafeMutablePointer<UnsafePointer<Float>> { storage.addresses.view.base }
}

/// Sums whose order is fixed.
package enum Reduction {
  /// sum[i] ← (Σ_j shards[j][range.lowerBound + i]) ÷ divisor over the first `count` shards or all, in the fixed binary
  /// tree.
  ///
  /// The tree's node over shards lo..<hi splits at lo + (the largest power of two below hi − lo), so a subtree is the tree
  /// of its own shards, and a node is left + right wherever it is computed. `sum` may be that range of a shard.
  ///
  /// - Parameter squares: receives Σ x² over the range of each shard, measured while it passes through the registers, in
  ///   an order that depends on the range's length alone; infinite where squares leave the range of floats.
  /// - Returns: Σ sum².
  @discardableResult
  package static func treeSum(
    _ shards: Shards, first count: Int? = nil, range: Range<Int>, dividedBy divisor: Float = 1, into sum: Floats,
    squares: View<Double>? = nil
  ) -> Double {
    defer { keep(shards, sum, squares) }
    let count = count ?? shards.count
    precondition(count >= 1 && count <= shards.count, "\(count) of \(shards.count) buffers")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shards.length && sum.count == range.count,
      "sum of \(range) of buffers of \(shards.length) into \(sum.count)")
    precondition(
      squares.map { $0.count == count } ?? true, "squares of \(count) buffers into \(squares?.count ?? 0)")
    return KernelPath.table.pointee.tree_sum(
      shards.base, count, range.lowerBound, range.count, divisor, sum.base, squares?.base)
  }

  /// into ← into + from, with the bits of ``treeSum(_:range:dividedBy:into:squares:)`` of the two.
  ///
  /// - Returns: Σ x² of both as they were, with the bits of that function's `squares`.
  package static func addMeasuring(into: Floats, _ from: Floats) -> (into: Double, from: Double) {
    defer { keep(into, from) }
    precondition(into.count == from.count, "sum of \(into.count) and \(from.count) elements")
    var squares = (0.0, 0.0)
    var buffers = (UnsafePointer(into.base), UnsafePointer(from.base))
    withUnsafeMutablePointer(to: &squares) { squares in
      withUnsafeMutablePointer(to: &buffers) { buffers in
        let first = UnsafeMutableRawPointer(buffers).assumingMemoryBound(to: UnsafePointer<Float>.self)
        let values = UnsafeMutableRawPointer(squares).assumingMemoryBound(to: Double.self)
        _ = KernelPath.table.pointee.tree_sum(first, 2, 0, into.count, 1, into.base, values)
      }
    }
    return (into: squares.0, from: squares.1)
  }

  /// Whether no element is NaN or infinite.
  package static func isFinite(_ x: Floats) -> Bool {
    defer { keep(x) }
    return KernelPath.table.pointee.all_finite(x.base, x.count)
  }

  /// Σ x², accumulated in double precision.
  package static func squaredNorm(_ x: Floats) -> Double {
    defer { keep(x) }
    return KernelPath.table.pointee.squared_norm(x.base, x.count)
  }
}
