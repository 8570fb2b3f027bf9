import Charts

extension HumanFormat {
  /// A noise scale, which may be infinite: 312, ∞.
  package static func scale(_ value: Double, digits: Int = 3) -> String {
    value == .infinity ? "∞" : number(value, digits: digits)
  }

  /// A throughput: 950 samples/s, 12.3 k samples/s.
  package static func rate(_ samplesPerSecond: Double) -> String {
    samplesPerSecond.isFinite ? prefixed(samplesPerSecond) + " samples/s" : missing
  }
}
