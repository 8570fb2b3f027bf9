/// Whether loss distributions at the same temperature index fall onto one another.
public struct Collapse: Codable, Sendable, Equatable {
  /// Two cells and the Kolmogorov–Smirnov distance of their losses.
  public struct Pair: Codable, Sendable, Equatable {
    /// Indices into the record's runs.
    public var first: Int
    public var second: Int
    /// 1, or about 2.
    public var temperatureRatio: Double
    public var distance: Double

    public init(first: Int, second: Int, temperatureRatio: Double, distance: Double) {
      self.first = first
      self.second = second
      self.temperatureRatio = temperatureRatio
      self.distance = distance
    }
  }

  /// Mean distance of the pairs at the same index; `nil` without such pairs.
  public var sameTemperature: Double?
  /// Mean distance of the pairs whose indices differ by a factor of two.
  public var otherTemperature: Double?
  /// The farthest pair at the same index, and the nearest at a factor of two.
  public var sameTemperatureLargest: Double?
  public var otherTemperatureLeast: Double?
  /// Mean distance to be expected of the pairs at the same index if their chains were independent draws from one
  /// distribution, as long and as correlated as they are.
  public var expectedBySampling: Double?
  public var pairs: [Pair]

  public init(pairs: [Pair], expectedBySampling: Double?) {
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
