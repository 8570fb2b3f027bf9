import Optimizers
import Configuration
import Coordinator
import Datasets
import Models
import TestSupport
import Testing

@Suite("The memory that a run is predicted to take")
struct MemoryEstimateTests {
  private func estimate(threads: Int, method: OptimizerMethod = .sgd(momentum: 0, nesterov: false)) throws
    -> (MemoryEstimate, RunPlan)
  {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 160)
    let configuration = Runs.configuration(
      Runs.convolutional, batch: 128, shards: 8, microbatch: 16, method: method)
    let plan = try RunPlan(configuration, splits: images, threads: threads)
    return (MemoryEstimate(plan), plan)
  }

  @Test("grows by an arena with every thread, and is the sum of its parts")
  func threads() throws {
    let (one, plan) = try estimate(threads: 1)
    #expect(one.workerBytes >= Workspace.bytes(for: plan.network) && one.workerBytes > 100_000)
    for threads in [2, 3, 7] {
      let (more, _) = try estimate(threads: threads)
      #expect(more.totalBytes - one.totalBytes == (threads - 1) * one.workerBytes, "\(threads) threads")
    }
    #expect(
      one.totalBytes
        == one.dataBytes + one.parameterBytes + one.gradientBytes + one.workerBytes + one.savingBytes
        + MemoryEstimate.programBytes)
  }

  @Test("has a vector of parameters for each vector of the optimizer's state")
  func state() throws {
    let (plain, plan) = try estimate(threads: 2)
    let (momentum, _) = try estimate(threads: 2, method: .sgd(momentum: 0.9, nesterov: false))
    let (adam, _) = try estimate(threads: 2, method: .adamW(AdamConfiguration()))
    let vector = 4 * plan.network.parameterCount
    #expect(momentum.totalBytes - plain.totalBytes == vector)
    #expect(adam.totalBytes - plain.totalBytes == 2 * vector)
  }
}
