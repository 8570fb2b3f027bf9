/// Whether loss distributions at the same temperature index fall onto one another.
package struct Collapse: Codable, Sendable, Equatable {
  /// Two cells and the Kolmogorov–Smirnov distance of their losses.
  package struct Pair: Codable, Sendable, Equatable {
    /// Indices into the record's runs.
    package var first: Int
    package var second: Int
    /// 1, or about 2.
    package var temperatureRatio: Double
    package var distance: Double

    package init(first: Int, second: Int, temperatureRatio: Double, distance: Double) {
      self.first = first
      self.second = second
      self.temperatureRatio = temperatureRatio
      self.distance = distance
    }
  }

  /// Mean distance of the pairs at the same index; `nil` without such pairs.
  package var sameTemperature: Double?
  /// Mean distance of the pairs whose indices differ by a factor of two.
  package var otherTemperature: Double?
  /// The farthest pair at the same index, and the nearest at a factor of two.
  package var sameTemperatureLargest: Double?
  package var otherTemperatureLeast: Double?
  /// Mean distance to be expected of the pairs at the same index if their chains were independent draws from one
  /// distribution, as long and as correlated as they are.
  package var expectedBySampling: Double?
  package var pairs: [Pair]

  package init(pairs: [Pair], expectedBySampling: Double?) {
    self.pairs = pairs
    self.expectedBySampling = expectedBySampling
    func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    let same = pairs.filter { abs($0.temperatureRatio - 1) < 0.5 }.map(\.distance)
    let other = pairs.filter { abs($0.temperatureRatio - 1) >= 0.5 }.map(\.distance)
    sameTemperature = mean(same)
    otherTemperature = mean(other)
    sameTemperatureLargest = same.max()
    otherTemperatureLeast = other.min()
  }
}
