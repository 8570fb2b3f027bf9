import Models
import Configuration
import Coordinator
import Datasets
import Records
import TestSupport
import Testing

@Suite("Epoch loss")
struct EpochLossTests {
  private let data = Runs.samples(.features(20), count: 300)

  @Test("is the mean over samples, not over batches, where the last batch of an epoch is smaller")
  func weighted() throws {
    var configuration = Runs.configuration(.mlp(hidden: [16]), batch: 130, steps: 7)
    configuration.data.lastBatch = .keep
    let trainer = try Trainer(RunPlan(configuration, splits: data))
    // Epochs of batches of 130, 130 and 40 samples.
    var sums = (loss: 0.0, samples: 0, batches: 0.0)
    for step in 1...7 {
      let record = try #require(trainer.takeStep())
      #expect(record.samples == (step % 3 == 0 ? 40 : 130))
      if step % 3 == 1 { sums = (0, 0, 0) }
      sums.loss += record.loss * Double(record.samples)
      sums.samples += record.samples
      sums.batches += record.loss
      let mean = sums.loss / Double(sums.samples)
      let found = try #require(trainer.progress.trainLoss)
      #expect(abs(found - mean) < 1e-12 * mean, "step \(step): \(found), by samples \(mean)")
      // The two means differ enough to be told apart.
      if step == 3 { #expect(abs(mean - sums.batches / 3) > 1e-3 * mean) }
    }
  }

  @Test("of the summary is that of the last whole epoch")
  func summary() throws {
    var configuration = Runs.configuration(.mlp(hidden: [16]), batch: 130, steps: 6)
    configuration.data.lastBatch = .keep
    var records: [StepRecord] = []
    let result = try Trainer(RunPlan(configuration, splits: data)).train { event in
      if case .step(let record) = event { records.append(record) }
    }
    let last = records.suffix(3)
    let mean = last.reduce(0) { $0 + $1.loss * Double($1.samples) } / 300
    #expect(abs((result.summary.trainLoss ?? 0) - mean) < 1e-12 * mean)
  }
}
