/// Whether the directions share one temperature, as a Gibbs distribution's do, and if not, why.
package struct Equipartition: Codable, Sendable, Equatable {
  package var holds: Bool
  /// The tenth and the ninetieth percentile of T_i over directions that are not flat, over the median.
  package var low: Double
  package var high: Double
  /// Directions looked at, and those left out as flat.
  package var directions: Int
  package var flatDirections: Int
  /// In words.
  package var reasons: [String]

  package init(holds: Bool, low: Double, high: Double, directions: Int, flatDirections: Int, reasons: [String]) {
    self.holds = holds
    self.low = low
    self.high = high
    self.directions = directions
    self.flatDirections = flatDirections
    self.reasons = reasons
  }
}
