import Configuration
import Coordinator
import Datasets
import Gradients
import Models
import Optimizers
import TestSupport
import Testing

@Suite("Shards that are computed twice")
struct GuardTests {
  private let data = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func trainer(
    _ share: Double?, threads: Int, steps: Int = 12, shards: Int = 5,
    _ change: (inout RunConfiguration) -> Void = { _ in }
  ) throws -> Trainer {
    var configuration = Runs.configuration(
      Runs.convolutional, batch: 20, shards: shards, microbatch: 2, steps: steps, rate: 0.02)
    configuration.data.augmentations = [.padCrop(padding: 1), .flip]
    configuration.data.lastBatch = .keep
    configuration.guarding = share.map { GuardConfiguration(share: $0) }
    change(&configuration)
    return try Trainer(RunPlan(configuration, splits: data, threads: threads))
  }

  @Test("leave every bit of the run as it is, and agree", arguments: [1, 2, 3, 7])
  func sameBits(threads: Int) throws {
    let plain = try trainer(nil, threads: 1)
    _ = try plain.train()
    for share in [0.1, 0.5, 1] {
      let guarded = try trainer(share, threads: threads)
      _ = try guarded.train()
      #expect(guarded.weightsSHA256 == plain.weightsSHA256)
      #expect(guarded.progress.guardedShards ?? 0 > 0)
    }
  }

  @Test("agree where layers leave factors, where siblings merge, and where layers are frozen")
  func otherGradients() throws {
    let wide = ModelConfiguration.layers([
      .flatten, .dense(units: 300, bias: true), .relu, .dense(units: 300, bias: true), .relu,
      .dense(units: 5, bias: true),
    ])
    for frozen in [[], ["1.*"]] {
      var digests: [String] = []
      for share in [nil, 1.0] {
        let trainer = try trainer(share, threads: 3) {
          $0.model = wide
          $0.data.augmentations = []
          $0.optimizer.freeze = frozen
        }
        _ = try trainer.train()
        digests.append(trainer.weightsSHA256)
      }
      #expect(digests[0] == digests[1])
    }
  }

  @Test("find a bit that flips in one of two results, before a weight has changed", arguments: [1, 2, 3, 7])
  func finds(threads: Int) throws {
    let trainer = try trainer(1, threads: threads)
    for _ in 0..<3 { #expect(trainer.takeStep() != nil) }
    let before = trainer.weightsSHA256
    trainer.disturb(.init(step: 3, shard: 2, element: 40, bit: 3))
    let error = try #require(throws: FaultyMachineError.self) { _ = try trainer.train() }
    #expect(error.step == 4 && error.shard == 2 && error.savedStep == nil)
    #expect(trainer.progress.step == 3)
    #expect(trainer.weightsSHA256 == before)
    if threads > 1 { #expect(Set(error.workers).count <= 2) }
  }

  @Test("are as many as the share promises, and find as many faults", arguments: [0.05, 0.3])
  func rate(share: Double) throws {
    let steps = 400
    let trainer = try trainer(share, threads: 2, steps: steps, shards: 3) {
      $0.model = .layers([.flatten, .dense(units: 5, bias: true)])
      $0.data.augmentations = []
      $0.data.order = .iid
    }
    var generator = SeededGenerator(seed: 11)
    var found = 0
    for step in 0..<steps {
      trainer.disturb(.init(step: step, shard: .random(in: 0..<3, using: &generator), element: 7, bit: 1))
      if trainer.takeStep() == nil {
        found += 1
        trainer.disturb(.init(step: -1, shard: 0, element: 0, bit: 0))
        #expect(trainer.takeStep() != nil)
      }
    }
    // Binomial: four standard deviations on either side.
    let expected = share * Double(steps)
    let deviation = (expected * (1 - share)).squareRoot()
    #expect(abs(Double(found) - expected) < 4 * deviation)
    let guarded = Double(trainer.progress.guardedShards ?? 0)
    #expect(abs(guarded - 3 * expected) < 4 * (3 * expected).squareRoot() + 1)
  }

  @Test("leave no worker without work, or are none, and are the share in the mean", arguments: [1, 2, 3, 7, 64])
  func counts(workers: Int) {
    for shards in [1, 2, 5, 8, 16, 64, 100] {
      for share in [0.001, 0.01, 0.1, 0.5, 0.97, 1] {
        let (lower, upper) = ShardGuard.counts(share: share, shards: shards, workers: workers)
        let wanted = share * Double(shards)
        #expect(0 <= lower && Double(lower) <= wanted && wanted <= Double(upper) && upper <= shards)
        // All shards twice is the most there is, whoever waits then.
        for count in [lower, upper] where count > 0 && count < shards {
          #expect((shards + count) % workers == 0, "\(count) of \(shards), share \(share)")
        }
        #expect(upper - lower <= workers)
      }
    }
  }
}
