import Models
import Configuration
import Coordinator
import Datasets
import Foundation
import Records
import TestSupport
import Testing

/// Tables whose classes lie closer together than floats of their magnitude do.
@Suite("Training on numbers of many digits")
struct StandardizedTrainingTests {
  /// Rows of a number and a class: above the middle, or below it, with a gap of a twentieth of the range.
  private func rows(_ count: Int, origin: Double, range: Double, seed: UInt64) -> [(number: Double, label: String)] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let isAbove = Bool.random(using: &generator)
      let place = Double.random(in: 0.525...1, using: &generator)
      return (origin + range * (isAbove ? place : 1 - place), isAbove ? "above" : "below")
    }
  }

  private func train(_ source: DataSource, _ normalization: Normalization, threads: Int) throws -> RunResult {
    var configuration = Runs.configuration(.mlp(hidden: [16]), batch: 16, steps: 600, weightDecay: 0, rate: 0.05)
    configuration.data = DataConfiguration(source: source, normalization: normalization)
    let splits = try DatasetLoader.load(configuration.data, seed: 1)
    return try Trainer(RunPlan(configuration, splits: splits, threads: threads)).train()
  }

  @Test(
    "separable rows are told apart, as rows that were standardised in double precision beforehand are",
    arguments: [
      (1_764_000_000_000, 90_000), (5_400_000, 1.5), (0, 1e-42), (-3e12, 100), (1e33, 1e31), (1, 1e-9),
    ])
  func separable(origin: Double, range: Double) throws {
    let (training, test) = (
      rows(240, origin: origin, range: range, seed: 1), rows(120, origin: origin, range: range, seed: 2)
    )
    let mean = origin + training.reduce(0) { $0 + ($1.number - origin) } / 240
    let square = training.reduce(0) { $0 + ($1.number - mean) / range * (($1.number - mean) / range) } / 240
    let deviation = square.squareRoot() * range
    try withTemporaryFolder { folder in
      func write(_ name: String, _ rows: [(number: Double, label: String)]) throws -> String {
        let path = folder.appendingPathComponent(name)
        try ("x,label\n" + rows.map { "\($0.number),\($0.label)\n" }.joined())
          .write(to: path, atomically: true, encoding: .utf8)
        return path.path
      }
      func source(_ name: String, _ change: (Double) -> Double) throws -> DataSource {
        .csv(
          train: try write(name + "-train.csv", training.map { (change($0.number), $0.label) }),
          test: try write(name + "-test.csv", test.map { (change($0.number), $0.label) }),
          CSVConfiguration(labels: [.name("label")]))
      }
      let plain = try source("plain") { $0 }
      let before = try source("before") { ($0 - mean) / deviation }
      let expected = try train(before, .none, threads: 1)
      let found = try [1, 2, 3, 7].map { try train(plain, .standardize, threads: $0) }
      #expect(expected.summary.testAccuracy == 1)
      #expect(found[0].summary.testAccuracy == 1)
      let (loss, wanted) = (found[0].summary.testLoss ?? 0, expected.summary.testLoss ?? 1)
      #expect(abs(loss - wanted) < 1e-3 * wanted, "\(loss), standardised beforehand \(wanted)")
      #expect(Set(found.map(\.summary.weightsSHA256)).count == 1)
    }
  }
}
