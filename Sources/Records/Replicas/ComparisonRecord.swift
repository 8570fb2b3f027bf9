import Foundation

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

  /// `completed` once the seeds of both are done, until then `interrupted`; `nil` in records of earlier versions, which are
  /// of such comparisons alone.
  package var outcome: RunOutcome?
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

extension ComparisonRecord {
  /// The record's name in the directory of a comparison.
  package static let fileName = "comparison.json"

  /// Whether a directory is that of a comparison.
  package static func isThere(folder path: String) -> Bool {
    FileManager.default.fileExists(atPath: path + "/" + fileName)
  }

  /// Reads the record in the directory of a comparison.
  ///
  /// - Throws: ``RecordError`` if there is none, or it cannot be read as such.
  package init(folder path: String) throws(RecordError) {
    let file = path + "/" + Self.fileName
    guard let data = FileManager.default.contents(atPath: file) else {
      throw RecordError(
        "\(file) cannot be read, so \(path) is no directory of a comparison: give one that `isotherm compare` made.")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: data)
    } catch {
      throw RecordError("\(file) is no record of a comparison: \(RunRecord.reason(error)).")
    }
  }

  /// The directories of A's and B's seeds, where the comparison's directory is now: those that were trained for it are in it,
  /// and others where they were.
  package func folders(in path: String) -> (a: String, b: String) {
    func folder(_ name: String, _ recorded: String) -> String {
      let own = path + "/" + name
      return FileManager.default.fileExists(atPath: own) ? own : recorded
    }
    return (folder("a", a.folder), folder("b", b.folder))
  }
}
