import Models
import Optimizers
import Configuration
import Coordinator
import Datasets
import Foundation
import Gradients
import Kernels
import TestSupport
import Testing

@Suite("After the first step")
struct AllocationTests {
  /// Counted in a process of its own, where no other test allocates.
  @Test("a step allocates nothing", .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func nothing() async {
    await #expect(processExitsWith: .success) {
      let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)
      let vectors = Runs.samples(.features(29), count: 211)
      let cases: [(ModelConfiguration, DataSplits, OptimizerMethod)] =
        [
          (.mlp(hidden: [33, 17]), vectors, .sgd(momentum: 0.9, nesterov: true)),
          (.mlp(hidden: [33, 17]), vectors, .lars(momentum: 0.9, trust: 0.01)),
          // Wide enough for factors.
          (.mlp(hidden: [300, 100]), vectors, .sgd(momentum: 0.9, nesterov: true)),
          (.mlp(hidden: [300, 100]), vectors, .lars(momentum: 0.9, trust: 0.01)),
          (Runs.convolutional, images, .sgd(momentum: 0.9, nesterov: false)),
          (Runs.convolutional, images, .adam(AdamConfiguration())),
        ] + RuleKinds.methods.map { (.mlp(hidden: [33, 17]), vectors, $0) }
      for (model, splits, method) in cases {
        for threads in [1, 3] {
          var configuration = Runs.configuration(
            model, batch: 24, shards: 5, microbatch: 4, steps: 1000, method: method)
          if threads == 3 { configuration.optimizer.average = WeightAverage() }
          if threads == 3 {
            configuration.guarding = GuardConfiguration(share: 0.5)
            configuration.receipt = ReceiptConfiguration(everySteps: 1_000_000)
          }
          if splits.train.shape.isImage { configuration.data.augmentations = [.padCrop(padding: 1), .flip, .mixup()] }
          let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
          for _ in 0..<3 { _ = trainer.takeStep() }
          // More than two epochs, shuffles included.
          let allocations = AllocationCounter.count { for _ in 0..<20 { _ = trainer.takeStep() } }
          try #require(allocations == 0, "\(allocations) allocations: \(method), \(threads) threads")
          try #require(trainer.takeStep()?.noiseScale != nil)
        }
      }
    }
  }

  /// A rank that the others never answer.
  private struct DeafCollective: Collective {
    let rank = 1
    let ranks = 3
    let hosts: [String] = []

    func exchange<Element>(_ values: View<Element>, _ deliveries: [Delivery]) {}
    func agree(_ wish: Bool) -> Bool { wish }
  }

  @Test(
    "a step of one of several ranks allocates nothing, sending while it computes or after",
    .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func ranked() async {
    await #expect(processExitsWith: .success) {
      let vectors = Runs.samples(.features(301), count: 211)
      for method in [OptimizerMethod.sgd(momentum: 0.9, nesterov: true), .lars(momentum: 0.9, trust: 0.01), .lamb()] {
        for overlap in [true, false] {
          var configuration = Runs.configuration(
            .mlp(hidden: [300, 280]), batch: 24, shards: 5, microbatch: 4, steps: 1000, method: method)
          configuration.ranks = RanksConfiguration(overlap: overlap)
          let trainer = try Trainer(
            RunPlan(configuration, splits: vectors, threads: 2), collective: DeafCollective())
          for _ in 0..<3 { _ = trainer.takeStep() }
          let allocations = AllocationCounter.count { for _ in 0..<20 { _ = trainer.takeStep() } }
          try #require(allocations == 0, "\(allocations) allocations: \(method), overlap \(overlap)")
        }
      }
    }
  }
}
