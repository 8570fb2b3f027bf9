import Configuration
import Coordinator
import Datasets
import Foundation
import Optimizers
import Studies
import TestSupport
import Testing

@Suite("The study verify")
struct VerifyStudyTests {
  private func configuration(_ keys: String) throws -> RunConfiguration {
    let text = #"{"data": {"dataset": "digits"}, "# + keys + "}"
    return try RunConfiguration.decode(Data(text.utf8), file: "test", overrides: [])
  }

  private func splits(_ configuration: RunConfiguration) throws -> DataSplits {
    try DatasetLoader.load(configuration.data, seed: configuration.seed)
  }

  /// Epochs of two steps: every other step begins with another order of samples, which each rank makes for itself.
  private static let shortEpochs = #"""
    "model": {"preset": "mlp", "hidden": [24]}, "batch": {"size": 600, "shards": 8, "microbatch": 25}, "steps": 60
    """#

  @Test("every number of ranks has the bits of one process, over many epochs, and says them of each")
  func ranks() throws {
    let configuration = try configuration(Self.shortEpochs)
    let splits = try splits(configuration)
    let result = try VerifyStudy(threads: [1, 2], ranks: [1, 2, 3, 8], steps: 60).run(configuration, splits: splits)
    #expect(result.identical && result.steps == 60 && result.difference == nil && result.divergedAtStep == nil)
    #expect(result.runs.map(\.ranks) == [1, 1, 1, 2, 3, 8])
    #expect(result.runs.map(\.threads) == [1, 2, 1, 1, 1, 1])
    // The oracle is a trainer that knows of neither ranks nor the study.
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 3))
    for _ in 0..<60 { _ = trainer.takeStep() }
    for run in result.runs { #expect(run.weightsSHA256 == trainer.weightsSHA256, "\(run)") }
  }

  @Test("batch norm and growing batches over ranks, with another thread count first")
  func growing() throws {
    let configuration = try configuration(
      #"""
      "model": {"layers": [{"type": "conv2d", "channels": 3, "kernel": 3}, {"type": "batchNorm"}, {"type": "relu"},
        {"type": "flatten"}, {"type": "dense", "units": 10}]},
      "batch": {"size": 300, "shards": 6, "microbatch": 10}, "epochs": 4,
      "temperature": {"hold": true, "batches": [{"epoch": 2, "size": 600}]}
      """#)
    let result = try VerifyStudy(threads: [3, 1], ranks: [4], steps: 12).run(
      configuration, splits: splits(configuration))
    #expect(result.identical && Set(result.runs.map(\.weightsSHA256)).count == 1 && result.runs.count == 3)
    #expect(result.runs.last?.threads == 3 && result.runs.last?.ranks == 4)
  }

  @Test("ranks that round what they send are compared with the same number of ranks, for every thread count")
  func rounded() throws {
    var configuration = try configuration(Self.shortEpochs)
    configuration.ranks = RanksConfiguration(wire: .bf16)
    let result = try VerifyStudy(threads: [1, 3], ranks: [1, 2, 3], steps: 12).run(
      configuration, splits: splits(configuration))
    #expect(result.identical && result.firstOdd == nil && result.difference == nil)
    #expect(result.runs.map(\.ranks) == [1, 1, 1, 2, 2, 3, 3])
    #expect(result.runs.map(\.threads) == [1, 3, 1, 1, 3, 1, 3])
    #expect(result.runs.map(\.isRounded) == [false, false, false, true, true, true, true])
    #expect(Set(result.runs.map(\.weightsSHA256)).count == 3)
    var altered = result
    altered.runs[4].weightsSHA256 = result.runs[6].weightsSHA256
    #expect(altered.firstOdd == altered.runs[4])
    altered.runs[2].weightsSHA256 = result.runs[6].weightsSHA256
    #expect(altered.firstOdd == altered.runs[2])
  }

  @Test("where the loss is not finite any more, ranks are compared up to there")
  func diverged() throws {
    var configuration = try configuration(Self.shortEpochs)
    configuration.learningRate.reference = 1e30
    configuration.learningRate.warmup = .none
    let result = try VerifyStudy(threads: [1, 2], ranks: [3], steps: 60).run(
      configuration, splits: splits(configuration))
    let step = try #require(result.divergedAtStep)
    #expect(result.identical && result.steps == step - 1 && step < 60)
    #expect(Set(result.runs.map(\.weightsSHA256)).count == 1)
  }
}
