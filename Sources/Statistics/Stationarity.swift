/// Where a series forgets its start: a test in place of a guess (after Geweke 1992).
package struct Stationarity: Sendable, Equatable {
  /// Values at the start that do not belong to the stationary part.
  package var burnIn: Int
  /// Whether some burn-in of at most half the series passed the test.
  package var isStationary: Bool
  /// How far apart the early and the late mean are, in deviations of their difference, after that burn-in.
  package var score: Double

  /// Scores below this pass: the two-sided 95 % point of the normal distribution.
  package static let threshold = 1.96
  /// Burn-ins are multiples of a twentieth of the series.
  package static let candidates = 20

  /// Tries ever longer burn-ins.
  ///
  /// After each, the mean over the first quarter of the rest is compared with that over the last half. Deviation and
  /// autocorrelation of the last half give the errors of both: a transient in the first quarter would widen its own
  /// error and so hide itself. Chains with fewer than twenty independent values in the last half are too slow to tell,
  /// and do not pass.
  package init(_ values: [Double]) {
    let unit = max(1, values.count / Self.candidates)
    var best = Stationarity(burnIn: values.count / 2, isStationary: false, score: .infinity)
    for candidate in 0...(Self.candidates / 2) {
      let rest = values.dropFirst(candidate * unit)
      guard rest.count >= 8 else { break }
      let (early, late) = (rest.prefix(rest.count / 4), SeriesStatistics(rest.suffix(rest.count / 2)))
      let difference = abs(early.reduce(0, +) / Double(early.count) - late.mean)
      let counts = 1 / Double(early.count) + 1 / Double(late.count)
      let error = late.deviation * (late.correlationTime * counts).squareRoot()
      let score = difference == 0 ? 0 : difference / error
      if score < Self.threshold, late.effectiveCount >= 20 || late.deviation == 0 {
        self = Stationarity(burnIn: candidate * unit, isStationary: true, score: score)
        return
      }
      if score < best.score { best.score = score }
    }
    self = best
  }

  package init(burnIn: Int, isStationary: Bool, score: Double) {
    self.burnIn = burnIn
    self.isStationary = isStationary
    self.score = score
  }
}
