/// Where a series forgets its start: a test in place of a guess (after Geweke 1992).
public struct Stationarity: Sendable, Equatable {
  /// Values at the start that do not belong to the stationary part.
  public var burnIn: Int
  /// Whether some burn-in of at most half the series passed the test.
  public var isStationary: Bool
  /// How far apart the early and the late mean are, in deviations of their difference, after that burn-in.
  public var score: Double

  /// Scores below this pass: the two-sided 95 % point of the normal distribution.
  public static let threshold = 1.96
  /// Burn-ins are multiples of a twentieth of the series.
  public static let candidates = 20

  /// Tries ever longer burn-ins.
  ///
  /// After each, the mean over the first quarter of the rest is compared with that over the last half; both errors come
  /// from ``SeriesStatistics``, so that slow chains are not mistaken for stationary ones. Too slow ones, with fewer than
  /// ten independent values in the last half, do not pass either.
  public init(_ values: [Double]) {
    let unit = max(1, values.count / Self.candidates)
    var best = Stationarity(burnIn: values.count / 2, isStationary: false, score: .infinity)
    for candidate in 0...(Self.candidates / 2) {
      let rest = values.dropFirst(candidate * unit)
      guard rest.count >= 8 else { break }
      let early = SeriesStatistics(rest.prefix(rest.count / 4))
      let late = SeriesStatistics(rest.suffix(rest.count / 2))
      let error = (early.meanError * early.meanError + late.meanError * late.meanError).squareRoot()
      let difference = abs(early.mean - late.mean)
      let score = difference == 0 ? 0 : difference / error
      if score < Self.threshold, late.effectiveCount >= 10 || late.deviation == 0 {
        self = Stationarity(burnIn: candidate * unit, isStationary: true, score: score)
        return
      }
      if score < best.score { best.score = score }
    }
    self = best
  }

  init(burnIn: Int, isStationary: Bool, score: Double) {
    self.burnIn = burnIn
    self.isStationary = isStationary
    self.score = score
  }
}
