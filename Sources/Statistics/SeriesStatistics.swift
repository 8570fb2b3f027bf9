/// Mean and deviation of a stationary series, with errors that account for the likeness of neighbours.
package struct SeriesStatistics: Sendable, Equatable {
  /// Values in the series.
  package var count: Int
  package var mean: Double
  /// Of one value.
  package var deviation: Double
  /// Integrated autocorrelation time τ = 1 + 2 Σ ρ_k, in values: the series tells as much as `count` ÷ τ independent
  /// ones.
  package var correlationTime: Double
  /// Deviation of ``mean``: deviation · √(τ ÷ count).
  package var meanError: Double
  /// Deviation of ``deviation``, from the autocorrelation of the squared distances to the mean.
  package var deviationError: Double

  /// The statistics of a series of at least one value.
  ///
  /// τ is summed up to the first lag that is at least five times τ so far (Sokal 1997, §3): further lags add noise only.
  ///
  /// - Complexity: O(`count` · τ), at most O(`count`²).
  package init(_ values: some Collection<Double>) {
    let values = Array(values)
    precondition(!values.isEmpty, "statistics of no values")
    count = values.count
    mean = values.reduce(0, +) / Double(count)
    let distances = values.map { [mean] in $0 - mean }
    let variance = distances.reduce(0) { $0 + $1 * $1 } / Double(count)
    deviation = variance.squareRoot()
    correlationTime = Self.correlationTime(of: distances)
    meanError = deviation * (correlationTime / Double(count)).squareRoot()
    let squares = distances.map { $0 * $0 - variance }
    let squareVariance = squares.reduce(0) { $0 + $1 * $1 } / Double(count)
    let squareTime = Self.correlationTime(of: squares)
    // d(σ) = d(σ²) ÷ 2σ.
    deviationError =
      deviation > 0 ? (squareVariance * squareTime / Double(count)).squareRoot() / (2 * deviation) : 0
  }

  package init(
    count: Int, mean: Double, deviation: Double, correlationTime: Double, meanError: Double, deviationError: Double
  ) {
    self.count = count
    self.mean = mean
    self.deviation = deviation
    self.correlationTime = correlationTime
    self.meanError = meanError
    self.deviationError = deviationError
  }

  /// Independent values that would tell as much.
  package var effectiveCount: Double { Double(count) / correlationTime }

  /// τ of values whose mean is 0; 1 for constants. At least 1: anticorrelation is not counted on.
  private static func correlationTime(of centred: [Double]) -> Double {
    let count = centred.count
    let variance = centred.reduce(0) { $0 + $1 * $1 }
    guard variance > 0, count > 2 else { return 1 }
    var time = 1.0
    for lag in 1..<count {
      var sum = 0.0
      for index in 0..<(count - lag) { sum += centred[index] * centred[index + lag] }
      time += 2 * sum / variance
      if Double(lag) >= 5 * time { break }
    }
    return max(1, time)
  }
}
