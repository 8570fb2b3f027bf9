/// What pairs say of the difference between two treatments: each pair shares what is not asked about, so that its part of the
/// spread falls out of the difference.
///
/// The paired t test: differences d = b − a, independent of one another, are taken for normal.
package struct PairedDifference: Sendable, Equatable {
  /// The chance with which as many pairs as ``pairsToSettle`` would settle a difference that is truly as large as this one.
  package static let power = 0.8
  /// More pairs than anybody trains: the difference is as good as none.
  private static let most = 1_000_000

  /// Mean of b − a, with its 95 % interval.
  package let difference: MeanInterval

  /// - Parameter pairs: at least one; `nil` where there is none, or a value is not finite.
  package init?(_ pairs: [(a: Double, b: Double)]) {
    guard let difference = MeanInterval(pairs.map { $0.b - $0.a }) else { return nil }
    self.difference = difference
  }

  /// The two-sided probability of a mean at least as far from zero, were there no difference; `nil` for one pair.
  package var probability: Double? {
    guard let deviation = difference.deviation else { return nil }
    if deviation == 0 { return difference.mean == 0 ? 1 : 0 }
    let t = difference.mean.magnitude / (deviation / Double(difference.count).squareRoot())
    return max(0, 1 - StudentDistribution.probability(within: t, degreesOfFreedom: difference.count - 1))
  }

  /// Whether the interval leaves zero out.
  package var isSettled: Bool {
    guard let low = difference.low, let high = difference.high else { return false }
    return low > 0 || high < 0
  }

  /// How many pairs would find this difference at the 5 % level with a chance of 80 %, were it and the spread of the differences
  /// as they came out: the least n whose two-sided t test has that power (``StudentDistribution/power(effect:count:)`` with
  /// effect |d̄| ÷ s; Cohen 1988, chapter 2). The estimate is as uncertain as d̄: "about" so many.
  ///
  /// `nil` for one pair, without any difference, and where a million would not do.
  package var pairsToSettle: Int? {
    guard let deviation = difference.deviation, difference.mean != 0 else { return nil }
    guard deviation > 0 else { return 2 }
    let effect = difference.mean.magnitude / deviation
    func settles(_ count: Int) -> Bool { StudentDistribution.power(effect: effect, count: count) >= Self.power }
    var high = 2
    while !settles(high) {
      guard high < Self.most else { return nil }
      high *= 2
    }
    var low = high / 2
    while high - low > 1 {
      let middle = (low + high) / 2
      if settles(middle) { high = middle } else { low = middle }
    }
    return high
  }
}
