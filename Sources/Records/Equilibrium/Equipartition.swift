/// Whether the directions share one temperature, as a Gibbs distribution's do, and if not, why.
public struct Equipartition: Codable, Sendable, Equatable {
  public var holds: Bool
  /// The tenth and the ninetieth percentile of T_i over directions that are not flat, over the median.
  public var low: Double
  public var high: Double
  /// Directions looked at, and those left out as flat.
  public var directions: Int
  public var flatDirections: Int
  /// In words.
  public var reasons: [String]

  public init(holds: Bool, low: Double, high: Double, directions: Int, flatDirections: Int, reasons: [String]) {
    self.holds = holds
    self.low = low
    self.high = high
    self.directions = directions
    self.flatDirections = flatDirections
    self.reasons = reasons
  }
}
