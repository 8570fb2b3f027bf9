/// Cells in which the batch grows with the threads.
public struct WeakScaling: Codable, Sendable, Equatable {
  /// B ÷ T of all of them.
  public var samplesPerThread: Double
  /// By threads.
  public var points: [Point]

  /// One of the cells.
  public struct Point: Codable, Sendable, Equatable {
    public var threads: Int
    public var batch: Int
    public var samplesPerSecond: Double
    /// Samples a second and thread, against those of the fewest threads.
    public var efficiency: Double
    public var exceedsCores: Bool

    public init(threads: Int, batch: Int, samplesPerSecond: Double, efficiency: Double, exceedsCores: Bool) {
      self.threads = threads
      self.batch = batch
      self.samplesPerSecond = samplesPerSecond
      self.efficiency = efficiency
      self.exceedsCores = exceedsCores
    }
  }

  public init(samplesPerThread: Double, points: [Point]) {
    self.samplesPerThread = samplesPerThread
    self.points = points
  }
}
