import Checkpoints
import Configuration
import Coordinator
import Foundation
import Records
import TestSupport
import Testing

/// A config goes in and a trained run comes out: what lies between, the way through `RunPlan` and `Trainer`, is
/// compared with a second implementation, in double precision, that shares no line with it.
@Suite("A run agrees with PyTorch in double precision, at every step and for every number of shards and threads")
struct TrajectoryTests {
  /// Relative. Rounding leaves room: the script itself, in single precision, has these losses within 2.1e-7.
  private let tolerance = 1e-5

  private func check(_ name: String) throws {
    let golden = try GoldenTrajectory(name)
    for shards in golden.record.shards {
      let run = try TrainedTrajectory(golden, shards: shards, threads: 1)
      try compare(run, golden, "\(name), \(shards) shards")
      for threads in [2, 3] {
        let other = try TrainedTrajectory(golden, shards: shards, threads: threads)
        #expect(other.bits == run.bits, "\(name), \(shards) shards: \(threads) threads have other bits than 1")
        #expect(other.result.summary.weightsSHA256 == run.result.summary.weightsSHA256)
      }
    }
  }

  private func compare(_ run: TrainedTrajectory, _ golden: GoldenTrajectory, _ label: String) throws {
    let (record, summary) = (golden.record, run.result.summary)
    @discardableResult
    func expectNear(_ value: Double?, _ expected: Double?, _ what: String, relative: Double? = nil) -> Bool {
      var isNear = value == expected
      if let value, let expected { isNear = abs(value - expected) <= (relative ?? tolerance) * abs(expected) }
      #expect(isNear, "\(label), \(what): \(value ?? .nan), not \(expected ?? .nan)")
      return isNear
    }

    #expect(run.result.outcome == .completed)
    #expect(run.steps.map(\.samples) == record.batches, "\(label), batches")
    #expect(run.steps.map(\.step) == Array(1...record.losses.count), "\(label), steps")
    for (index, step) in run.steps.enumerated() where index < record.losses.count {
      // Both sides compute rates in double precision.
      let rate = record.learningRates[index]
      let isSame =
        expectNear(step.learningRate, rate, "rate of step \(index)", relative: 1e-13)
        && expectNear(step.loss, record.losses[index], "loss of step \(index)")
      // What follows a step that went elsewhere says nothing new.
      guard isSame else { return }
    }
    expectNear(summary.trainLoss, record.trainLoss, "training loss")
    expectNear(summary.testLoss, record.testLoss, "test loss")
    expectNear(summary.testAccuracy, record.testAccuracy, "test accuracy", relative: 1e-15)

    #expect(Set(run.tensors.keys) == Set(golden.finalNames), "\(label), names of tensors")
    for name in golden.finalNames {
      guard let elements = run.tensors[name] else { continue }
      let expected = try golden.file.floats("after." + name)
      expectClose(elements, expected, relative: Float(tolerance), absolute: 1e-12, "\(label), \(name)")
    }
  }

  @Test("LARS with linear scaling, gradual warmup and cosine decay")
  func larsWarmupCosine() throws { try check("lars-warmup-cosine") }

  @Test("LARS with clipping and batch norm: trust ratios on tensors that decay alone")
  func larsClippingBatchNorm() throws { try check("lars-clipping-batchnorm") }

  @Test("AdamW with decay, clipping, warmup and cosine decay")
  func adamW() throws { try check("adamw-clipping-warmup-cosine") }

  @Test("Adam at three times its reference batch, by the square-root rule")
  func adamScaledWithBatch() throws { try check("adam-scaled-with-batch") }

  @Test(
    "LAMB with clipping, warmup and batch norm: directions of clipped gradients, trust ratios on tensors that decay")
  func lamb() throws { try check("lamb-clipping-batchnorm") }

  @Test("LAMB with its own rate and scaling at three times its reference batch, by the square-root rule")
  func lambScaledWithBatch() throws { try check("lamb-scaled-with-batch") }

  @Test("averages of weights and of batch norm's statistics, which evaluations measure")
  func averagedWeights() throws { try check("averaged-weights") }

  @Test("Nesterov's momentum with label smoothing and clipping")
  func nesterov() throws { try check("nesterov-smoothing-clipping") }

  @Test("step decay, and a last batch that is kept and averaged over its own size, over unequal shards")
  func keptLastBatch() throws { try check("step-decay-kept-last-batch") }

  @Test("a batch that grows up to its maximum, beyond which the rate falls")
  func batchGrowth() throws { try check("batch-growth") }

  @Test("crops and flips of reshuffled epochs")
  func augmentedReshuffled() throws { try check("augmented-reshuffled") }

  @Test("crops and flips of independent draws, without momentum")
  func augmentedDraws() throws { try check("augmented-independent-draws") }

  @Test("mixup of cropped and flipped images with label smoothing, and a smaller last batch")
  func mixupImages() throws { try check("mixup-images") }

  @Test("mixup of independent draws of rows through batch norm")
  func mixupDraws() throws { try check("mixup-independent-draws") }

  @Test("a regression through constant warmup and polynomial decay, with square-root scaling")
  func regression() throws { try check("regression-constant-warmup-polynomial") }

  @Test("the digits from the package: standardised, cropped, and all else by default")
  func digits() throws { try check("digits") }

  @Test("batch norm whose batches do not divide into microbatches: these are even, and weighted by their samples")
  func batchNormUnevenMicrobatches() throws { try check("batchnorm-uneven-microbatches") }

  @Test("frozen tensors and groups with rates and decays of their own, under clipping by the norm of what is trained")
  func frozenGroups() throws { try check("frozen-groups-clipping") }

  @Test("AdamW with frozen tensors and a group without decay, and averages of the weights")
  func frozenGroupsAdamW() throws { try check("frozen-groups-adamw") }

  @Test("LAMB with frozen tensors and groups: directions and trust ratios by each tensor's own decay")
  func frozenGroupsLAMB() throws { try check("frozen-groups-lamb") }

  @Test("the parts of airbench94: whitening, fixed scales, groups of biases, Lookahead, a ramp, flips in turn, views")
  func airbenchParts() throws { try check("airbench-parts") }

  @Test("LARS with a frozen tensor and a group: trust ratios by each tensor's own decay")
  func frozenGroupsLARS() throws { try check("frozen-groups-lars") }
}
