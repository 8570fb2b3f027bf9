/// `comparison.json`: two configs over the same seeds, pair by pair.
package struct ComparisonRecord: Codable, Sendable, Equatable {
  /// One of the two.
  package struct Side: Codable, Sendable, Equatable {
    /// What it is called: the config's name, or `A` and `B` behind it where both have one.
    package var name: String
    /// The directory of its seeds.
    package var folder: String
    package var testAccuracy: SpreadRecord?
    package var testLoss: SpreadRecord?
    package var diverged: Int

    package init(name: String, folder: String, _ summary: ReplicasSummary) {
      self.name = name
      self.folder = folder
      testAccuracy = summary.testAccuracy
      testLoss = summary.testLoss
      diverged = summary.diverged
    }
  }

  /// What is compared of each run's end.
  package enum Measure: String, Codable, Sendable {
    case testAccuracy, testLoss
    /// Training samples until the target was reached.
    case samplesToTarget
  }

  /// The two results of one seed.
  package struct Pair: Codable, Sendable, Equatable {
    package var seed: UInt64
    package var a: Double
    package var b: Double

    package init(seed: UInt64, a: Double, b: Double) {
      self.seed = seed
      self.a = a
      self.b = b
    }
  }

  /// B − A of one measure.
  package struct Difference: Codable, Sendable, Equatable {
    package var measure: Measure
    package var pairs: [Pair]
    /// Mean of B − A over the pairs, with its 95 % paired t interval.
    package var difference: SpreadRecord
    /// Two-sided, of a mean at least as far from zero, were there no difference; `nil` for one pair.
    package var probability: Double?
    /// Whether the interval leaves zero out.
    package var isSettled: Bool
    /// How many seeds would settle a difference of this size, with a chance of 80 %.
    package var seedsToSettle: Int?

    package init(
      measure: Measure, pairs: [Pair], difference: SpreadRecord, probability: Double?, isSettled: Bool,
      seedsToSettle: Int?
    ) {
      self.measure = measure
      self.pairs = pairs
      self.difference = difference
      self.probability = probability
      self.isSettled = isSettled
      self.seedsToSettle = seedsToSettle
    }
  }

  package var a: Side
  package var b: Side
  /// The first decides: samples to the target where both have the same, else accuracy where there are classes, else the loss.
  package var differences: [Difference]
  /// What should be known beside the numbers, in words.
  package var notes: [String] = []

  package init(a: Side, b: Side, differences: [Difference]) {
    self.a = a
    self.b = b
    self.differences = differences
  }
}
