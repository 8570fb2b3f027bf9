import Statistics
import Testing

/// Figures are those of SciPy 1.17: `stats.t`, `stats.nct`, `stats.ttest_rel`.
@Suite("Means with intervals, and differences of pairs")
struct MeanIntervalTests {
  @Test(
    "mean, deviation and 95 % interval are SciPy's",
    arguments: [
      ([0.9812, 0.9790, 0.9835, 0.9801, 0.9823], 0.9812200000000001, 0.0017711578134090868, 0.9790208171079527),
      ([1, 2], 1.5, 0.7071067811865476, -4.853102368087347),
      ([2.5, 3.5, 1.5, 4, 2, 2, 3, 5], 2.9375, 1.1783008347374015, 1.9524158501857796),
    ] as [([Double], Double, Double, Double)])
  func interval(values: [Double], mean: Double, deviation: Double, low: Double) throws {
    let interval = try #require(MeanInterval(values))
    #expect(interval.count == values.count)
    #expect(abs(interval.mean - mean) < 1e-12)
    #expect(abs(try #require(interval.deviation) - deviation) < 1e-12)
    #expect(abs(try #require(interval.low) - low) < 1e-9)
    #expect(abs(try #require(interval.high) - (2 * mean - low)) < 1e-9)
  }

  @Test("one value has no interval; no value, and one that is not finite, have no mean")
  func few() throws {
    let one = try #require(MeanInterval([3]))
    #expect(one.mean == 3 && one.deviation == nil && one.low == nil && one.high == nil)
    #expect(MeanInterval([]) == nil && MeanInterval([1, .nan]) == nil && MeanInterval([1, .infinity]) == nil)
    let same = try #require(MeanInterval([2, 2, 2]))
    #expect(same.deviation == 0 && same.low == 2 && same.high == 2)
  }

  @Test("interval and p of pairs are those of SciPy's paired t test")
  func paired() throws {
    let a = [0.9812, 0.9790, 0.9835, 0.9801, 0.9823]
    let b = [0.9831, 0.9822, 0.9841, 0.9846, 0.9828]
    let paired = try #require(PairedDifference(zip(a, b).map { (a: $0, b: $1) }))
    #expect(abs(try #require(paired.probability) - 0.049583416839780584) < 1e-9)
    #expect(abs(try #require(paired.difference.low) - 6.287937059531318e-06) < 1e-9)
    #expect(abs(try #require(paired.difference.high) - 0.004273712062940486) < 1e-9)
    #expect(paired.isSettled)
    // The other way round it is as settled, and the difference is the other way round.
    let turned = try #require(PairedDifference(zip(b, a).map { (a: $0, b: $1) }))
    #expect(turned.isSettled && turned.difference.mean == -paired.difference.mean)
    #expect(turned.probability == paired.probability && turned.pairsToSettle == paired.pairsToSettle)
    // Without the last pair it is not: P(|T| ≥ t) > 0.05.
    let fewer = try #require(PairedDifference(zip(a, b).prefix(3).map { (a: $0, b: $1) }))
    #expect(!fewer.isSettled && fewer.probability ?? 0 > 0.05)
  }

  @Test(
    "the power of a t test is that of the noncentral t distribution",
    arguments: [
      (0.5, 10, 0.29317560651407687), (0.5, 34, 0.8077775012792737), (1, 10, 0.8030968566327219),
      (2, 4, 0.7549839171140108), (3, 3, 0.7452680070062836), (5, 2, 0.4209614091495039),
      (0.2, 199, 0.8016910240370655), (0.1, 788, 0.8005943474489314), (0, 8, 0.05),
    ])
  func power(effect: Double, count: Int, expected: Double) {
    #expect(abs(StudentDistribution.power(effect: effect, count: count) - expected) < 1e-6)
    let other = StudentDistribution.power(effect: -effect, count: count)
    #expect(other == StudentDistribution.power(effect: effect, count: count))
  }

  @Test(
    "the pairs that settle a difference are the fewest with a power of 80 %",
    arguments: [(5.0, 3), (3, 4), (2, 5), (1.5, 6), (1, 10), (0.8, 15), (0.5, 34), (0.3, 90), (0.2, 199), (0.1, 787)])
  func pairs(effect: Double, expected: Int) throws {
    // Differences of mean d and deviation 1.
    let half = 0.5.squareRoot()
    let paired = try #require(PairedDifference([(a: 1, b: 1 + effect - half), (a: 7, b: 7 + effect + half)]))
    #expect(abs(try #require(paired.difference.deviation) - 1) < 1e-9)
    #expect(paired.pairsToSettle == expected)
  }

  @Test("no difference has no number of pairs that settle it, and one pair settles nothing")
  func degenerate() throws {
    let none = try #require(PairedDifference([(a: 1, b: 2), (a: 2, b: 1)]))
    #expect(none.pairsToSettle == nil && !none.isSettled)
    let one = try #require(PairedDifference([(a: 1, b: 2)]))
    #expect(one.probability == nil && !one.isSettled && one.pairsToSettle == nil)
    let same = try #require(PairedDifference([(a: 1, b: 1), (a: 2, b: 2)]))
    #expect(same.probability == 1 && !same.isSettled)
    let exact = try #require(PairedDifference([(a: 1, b: 2), (a: 2, b: 3)]))
    #expect(exact.probability == 0 && exact.isSettled && exact.pairsToSettle == 2)
    // A millionth of a deviation is no difference that anybody trains for.
    let tiny = try #require(PairedDifference([(a: 0, b: -1), (a: 0, b: 1.000_001)]))
    #expect(tiny.pairsToSettle == nil)
    #expect(PairedDifference([]) == nil)
  }
}
