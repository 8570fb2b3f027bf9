import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Optimizers
import Records
import Studies
import TestSupport
import Testing

@Suite("The learning-rate range test")
struct RateTests {
  private func configuration(_ more: String = "") throws -> (RunConfiguration, DataSplits) {
    try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "batch": { "size": 64, "shards": 4 },
        "model": { "preset": "mlp", "hidden": [32] }, \(more)
        "learningRate": { "referenceBatch": 32, "decay": { "kind": "cosine" } }, "epochs": 1 }
      """)
  }

  @Test("rates rise by a constant factor from the first to the last, until the loss diverges")
  func rates() throws {
    let (configuration, splits) = try configuration()
    let record = try RateStudy(low: 1e-4, high: 1e4, steps: 80).run(configuration, splits: splits)
    #expect(record.points.first?.learningRate == 1e-4)
    for (a, b) in zip(record.points, record.points.dropFirst()) {
      #expect(abs(log(b.learningRate / a.learningRate) - log(1e8) / 79) < 1e-9 && b.step == a.step + 1)
    }
    let diverged = try #require(record.divergedAtLearningRate)
    #expect(record.points.count < 80 && diverged >= record.points.last?.learningRate ?? .infinity)
    let (steepest, suggested) = (try #require(record.steepestLearningRate), try #require(record.suggestedLearningRate))
    #expect(suggested == min(record.lowestLossLearningRate, diverged / 10))
    #expect(steepest < record.lowestLossLearningRate)
    // Linear scaling from 32 to 64.
    #expect(abs((record.referenceLearningRate ?? 0) - suggested / 2) < 1e-12)
    #expect(record.configReferenceLearningRate == 0.1 && record.configLearningRate == 0.2)
    #expect(record.points.last.map { $0.loss.isFinite } == true)
    #expect(try JSONDecoder().decode(RateRecord.self, from: JSONEncoder().encode(record)) == record)
  }

  @Test("the suggested rate trains, a hundred times as much does not, a hundredth trains less")
  func suggestion() throws {
    var (configuration, splits) = try configuration()
    let suggested = try #require(try RateStudy().run(configuration, splits: splits).referenceLearningRate)
    configuration.learningRate.warmup = .none
    configuration.length = .epochs(2)
    func loss(_ factor: Double) throws -> Double {
      configuration.learningRate.reference = suggested * factor
      let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
      return try trainer.train().summary.testLoss ?? .infinity
    }
    let best = try loss(1)
    #expect(best < 0.5, "\(suggested): \(best)")
    let (less, more) = (try loss(0.01), try loss(100))
    #expect(less > 2 * best && more > 2 * best, "\(suggested): \(less), \(best), \(more)")
  }

  @Test(
    "the record is the same for every number of threads, and every rule has one",
    arguments: ["sgd", "lars", "adam", "lamb"])
  func threads(method: String) throws {
    let (configuration, splits) = try configuration("\"optimizer\": { \"method\": \"\(method)\" },")
    func record(_ threads: Int) throws -> RateRecord {
      var study = RateStudy(steps: 40)
      study.threads = threads
      var record = try study.run(configuration, splits: splits)
      record.seconds = 0
      return record
    }
    let one = try record(1)
    #expect(one.points.count >= 20)
    for threads in [2, 3, 7] { #expect(try record(threads) == one, "\(threads) threads") }
  }

  @Test("where the loss never falls nothing is suggested, and that is said")
  func flat() throws {
    let (configuration, splits) = try configuration()
    let record = try RateStudy(low: 1e-12, high: 1e-10, steps: 20).run(configuration, splits: splits)
    #expect(record.suggestedLearningRate == nil && record.referenceLearningRate == nil)
    #expect(record.notes.contains { $0.contains("never fell") })
    #expect(throws: RunError.self) { try RateStudy(low: 1, high: 0.5).run(configuration, splits: splits) }
  }
}
