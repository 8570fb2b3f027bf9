/// The mean of independent values, their spread, and the 95 % interval of the mean.
///
/// Standard deviation s with n − 1 in its denominator; the interval is mean ± t·s ÷ √n with Student's two-sided 95 % point
/// for n − 1 degrees of freedom (Student 1908): exact for normal values, and good for means of values that are not far from it.
package struct MeanInterval: Sendable, Equatable {
  /// n, at least 1.
  package let count: Int
  package let mean: Double
  /// s; `nil` for one value, which tells nothing of its spread.
  package let deviation: Double?
  /// Half the interval's width; `nil` for one value.
  package let margin: Double?

  /// Of no value, or one that is not finite, there is no mean: `nil`.
  package init?(_ values: [Double]) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    count = values.count
    let mean = values.reduce(0, +) / Double(values.count)
    self.mean = mean
    guard values.count > 1 else {
      (deviation, margin) = (nil, nil)
      return
    }
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(values.count - 1)).squareRoot()
    self.deviation = deviation
    margin = StudentDistribution.quantile(degreesOfFreedom: count - 1) * deviation / Double(count).squareRoot()
  }

  /// Ends of the interval.
  package var low: Double? { margin.map { mean - $0 } }
  package var high: Double? { margin.map { mean + $0 } }
}
