/// Median, least and greatest of some values.
package struct SweepSpread: Codable, Sendable, Equatable {
  package var median: Double
  package var low: Double
  package var high: Double

  /// The spread of values; `nil` for none.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    low = sorted[0]
    high = sorted[sorted.count - 1]
  }
}

/// Mean and standard deviation of some values.
package struct SweepMean: Codable, Sendable, Equatable {
  package var mean: Double
  /// With n − 1 below; `nil` for a value alone.
  package var deviation: Double?

  /// The mean of values; `nil` for none.
  package init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.mean = mean
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}
