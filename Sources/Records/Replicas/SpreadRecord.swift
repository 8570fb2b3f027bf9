/// A figure over several seeds: mean, standard deviation, and the 95 % interval of the mean.
package struct SpreadRecord: Codable, Sendable, Equatable {
  /// Seeds that have the figure.
  package var count: Int
  package var mean: Double
  /// With n − 1; `nil` for one seed, as are the ends of the interval.
  package var standardDeviation: Double?
  package var low: Double?
  package var high: Double?

  package init(count: Int, mean: Double, standardDeviation: Double?, low: Double?, high: Double?) {
    self.count = count
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.low = low
    self.high = high
  }
}
