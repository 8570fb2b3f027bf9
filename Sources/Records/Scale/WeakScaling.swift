/// Cells in which the batch grows with the threads.
package struct WeakScaling: Codable, Sendable, Equatable {
  /// B ÷ T of all of them.
  package var samplesPerThread: Double
  /// By threads.
  package var points: [Point]

  /// One of the cells.
  package struct Point: Codable, Sendable, Equatable {
    package var threads: Int
    package var batch: Int
    package var samplesPerSecond: Double
    /// Samples a second and thread, against those of the fewest threads.
    package var efficiency: Double
    package var exceedsCores: Bool

    package init(threads: Int, batch: Int, samplesPerSecond: Double, efficiency: Double, exceedsCores: Bool) {
      self.threads = threads
      self.batch = batch
      self.samplesPerSecond = samplesPerSecond
      self.efficiency = efficiency
      self.exceedsCores = exceedsCores
    }
  }

  package init(samplesPerThread: Double, points: [Point]) {
    self.samplesPerThread = samplesPerThread
    self.points = points
  }
}
