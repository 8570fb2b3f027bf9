/// A sample of a distribution, in ascending order.
package struct EmpiricalDistribution: Sendable, Equatable {
  /// The values, ascending, at least one.
  package let sorted: [Double]

  package init(_ values: some Sequence<Double>) {
    sorted = values.sorted()
    precondition(!sorted.isEmpty, "a distribution of no values")
  }

  /// The Kolmogorov–Smirnov distance: the largest difference of the two distribution functions, 0…1.
  ///
  /// - Complexity: O(n + m).
  package func distance(to other: EmpiricalDistribution) -> Double {
    let (a, b) = (sorted, other.sorted)
    var (i, j, largest) = (0, 0, 0.0)
    while i < a.count, j < b.count {
      // Both functions jump at a value that both have, before they are compared.
      let value = min(a[i], b[j])
      while i < a.count, a[i] == value { i += 1 }
      while j < b.count, b[j] == value { j += 1 }
      largest = max(largest, abs(Double(i) / Double(a.count) - Double(j) / Double(b.count)))
    }
    return largest
  }

  /// The value below which a share 0…1 of the sample lies, linear between neighbours.
  package func quantile(_ share: Double) -> Double {
    let place = min(max(share, 0), 1) * Double(sorted.count - 1)
    let index = min(Int(place), sorted.count - 1)
    let next = min(index + 1, sorted.count - 1)
    return sorted[index] + (place - Double(index)) * (sorted[next] - sorted[index])
  }

  /// Numbers of values in equal bins between the least and the largest value.
  package func histogram(bins: Int) -> (edges: [Double], counts: [Int]) {
    let (low, high) = (sorted[0], sorted[sorted.count - 1])
    let width = (high - low) / Double(bins)
    guard width > 0 else { return ([low, high], [sorted.count]) }
    var counts = [Int](repeating: 0, count: bins)
    for value in sorted { counts[min(bins - 1, Int((value - low) / width))] += 1 }
    return ((0...bins).map { low + Double($0) * width }, counts)
  }
}
