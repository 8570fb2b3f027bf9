import Configuration
import Coordinator
import Datasets
import Models
import Optimizers
import TestSupport
import Testing

@Suite("Frozen tensors and groups of tensors")
struct FineTuningTests {
  private let data = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func configuration(
    _ method: OptimizerMethod, freeze: [String] = [], groups: [TensorGroup] = []
  ) -> RunConfiguration {
    var configuration = Runs.configuration(
      Runs.convolutional, batch: 20, shards: 3, microbatch: 4, steps: 8, method: method, rate: 0.02)
    configuration.optimizer.clipNorm = 0.7
    configuration.optimizer.average = WeightAverage(decay: 0.9)
    configuration.optimizer.freeze = freeze
    configuration.optimizer.groups = groups
    return configuration
  }

  private func trained(_ original: RunConfiguration, threads: Int = 1, clips: Bool = true) throws -> Trainer {
    var configuration = original
    if !clips { configuration.optimizer.clipNorm = nil }
    let trainer = try Trainer(RunPlan(configuration, splits: data, threads: threads))
    for _ in 0..<8 { _ = trainer.takeStep() }
    return trainer
  }

  @Test(
    "what is frozen keeps every bit, what is not is trained, and no number of threads shows",
    arguments: RuleKinds.methods)
  func frozen(method: OptimizerMethod) throws {
    let configuration = configuration(
      method, freeze: ["0.*", "3.*", "!*.1.bias"], groups: [TensorGroup(tensors: ["7.*"], rate: 3, weightDecay: 0.1)])
    let plan = try RunPlan(configuration, splits: data, threads: 1)
    let before = try Trainer(plan).tensorsInFileLayout()
    let one = try trained(configuration)
    let frozen = Set(zip(plan.network.tensors, plan.terms).filter { $1.isFrozen }.map { $0.0.name })
    let parameters = Set(plan.network.tensors.map(\.name))
    #expect(!frozen.isEmpty && frozen.count < parameters.count)
    for (old, new) in zip(before, one.tensorsInFileLayout()) {
      let isSame = old.elements.map(\.bitPattern) == new.elements.map(\.bitPattern)
      // Running statistics follow in frozen layers too.
      #expect(isSame == frozen.contains(new.name), "\(new.name)")
    }
    for threads in [2, 3, 7] {
      #expect(try trained(configuration, threads: threads).weightsSHA256 == one.weightsSHA256, "\(threads) threads")
    }
  }

  @Test(
    "a group of rate 1 has the bits of no group; what is frozen changes what clipping measures",
    arguments: RuleKinds.methods)
  func groupOfRateOne(method: OptimizerMethod) throws {
    let plain = try trained(configuration(method))
    let grouped = try trained(
      configuration(method, groups: [TensorGroup(tensors: ["7.*"]), TensorGroup(tensors: ["0.*"], weightDecay: 0.001)]))
    #expect(grouped.weightsSHA256 == plain.weightsSHA256)
    let faster = try trained(configuration(method, groups: [TensorGroup(tensors: ["7.*"], rate: 2)]))
    #expect(faster.weightsSHA256 != plain.weightsSHA256)
  }

  @Test("backward passes that nobody wants are left out, and no trained bit changes")
  func skippedPasses() throws {
    let method = RuleKinds.methods[0]
    let plan = try RunPlan(configuration(method, freeze: ["*", "!7.*"]), splits: data, threads: 1)
    let operations = plan.network.operations
    #expect(plan.network.firstTrainedOperation == operations.count - 1)
    #expect(try RunPlan(configuration(method), splits: data, threads: 1).network.firstTrainedOperation == 0)
    // A frozen tensor behind a trained one is passed through.
    let through = try RunPlan(configuration(method, freeze: ["3.*", "7.*"]), splits: data, threads: 1)
    #expect(through.network.firstTrainedOperation == 0)
    // A rate that moves nothing takes all the passes.
    let slow = try trained(
      configuration(method, groups: [TensorGroup(tensors: ["*", "!7.*"], rate: 1e-30, weightDecay: 0)]), clips: false)
    let fast = try trained(configuration(method, freeze: ["*", "!7.*"]), clips: false)
    for (a, b) in zip(fast.tensorsInFileLayout(), slow.tensorsInFileLayout()) where a.name.hasPrefix("7.") {
      #expect(a.elements.map(\.bitPattern) == b.elements.map(\.bitPattern), "\(a.name)")
    }
  }

  @Test("the plan says what is trained, and refuses patterns that match nothing by their place")
  func plan() throws {
    let method = RuleKinds.methods[0]
    let plan = try RunPlan(configuration(method, freeze: ["*", "!7.*"]), splits: data, threads: 1)
    #expect(
      plan.notes.contains { $0.hasPrefix("frozen are") && $0.contains("trained are") && $0.contains("batch norm") })
    let error = #expect(throws: RunError.self) {
      try RunPlan(configuration(method, groups: [TensorGroup(tensors: ["head.*"])]), splits: data, threads: 1)
    }
    #expect(error?.path == "optimizer.groups.0.tensors.0")
    #expect(try RunPlan(configuration(method), splits: data, threads: 1).notes.allSatisfy { !$0.contains("frozen") })
  }
}
