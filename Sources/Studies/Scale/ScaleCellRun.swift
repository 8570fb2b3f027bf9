import Statistics
import Gradients
import Configuration
import Coordinator
import Datasets
import Dispatch
import Models
import Records
import Workers

/// One cell of a scale study while it is measured: its trainer between visits, and the times of its steps so far.
final class ScaleCellRun {
  let plan: RunPlan
  /// The other ranks, which take the same steps; how many is rank 0's to say, by its clock.
  private let collective: any Collective
  /// Seconds of each timed step: gradients, then reduction and update.
  private(set) var gradientSeconds: [Double] = []
  private(set) var reduceSeconds: [Double] = []
  /// Sum of the timed steps.
  private(set) var timedSeconds = 0.0
  /// Time of the last step, timed or not.
  private(set) var lastSeconds: Double?
  /// Resident memory that building the trainer and its first steps added; `nil` where it cannot be measured.
  private var addedBytes: Int?
  private var trainer: Trainer?

  init(_ plan: RunPlan, collective: any Collective) {
    self.plan = plan
    self.collective = collective
  }

  var timedSteps: Int { gradientSeconds.count }

  /// Takes timed steps until the cell has `seconds` of them in all and at least `count`; warm-up first.
  ///
  /// - Parameters:
  ///   - keeps: whether the trainer stays in memory for the next visit.
  ///   - tick: is called after each step.
  func visit(
    seconds: Double, count: Int, keeps: Bool, stop: StopRequest, tick: (ScaleCellRun) -> Void
  ) throws {
    guard collective.follow(timedSeconds < seconds || timedSteps < count) else { return }
    let isNew = trainer == nil
    let before = isNew && addedBytes == nil ? ProcessMemory.restartPeak() : nil
    let trainer = try trainer ?? Trainer(plan, collective: collective)
    self.trainer = trainer
    defer { if !keeps { self.trainer = nil } }
    try warmUp(trainer, seconds: seconds / 20, isNew: isNew, stop: stop)
    if let before, let peak = ProcessMemory.peakSinceRestart { addedBytes = max(0, peak - before) }
    while collective.follow((timedSeconds < seconds || timedSteps < count) && !stop.isRaised) {
      let step = try take(trainer)
      gradientSeconds.append(step.gradientSeconds)
      reduceSeconds.append(step.reduceSeconds)
      timedSeconds += step.gradientSeconds + step.reduceSeconds
      tick(self)
    }
  }

  /// Steps that are not timed: pages and caches of the trainer were another cell's, or nobody's.
  private func warmUp(_ trainer: Trainer, seconds: Double, isNew: Bool, stop: StopRequest) throws {
    let budget = min(seconds, isNew ? 0.05 : 0.02)
    // A long step warms itself up; its first pages are a small part of it.
    var left = isNew ? 2 : lastSeconds ?? 0 < 0.5 ? 1 : 0
    var spent = 0.0
    while collective.follow((left > 0 || isNew && spent < budget) && !stop.isRaised) {
      let step = try take(trainer)
      spent += step.gradientSeconds + step.reduceSeconds
      left = spent > 1 ? 0 : left - 1
    }
  }

  private func take(_ trainer: Trainer) throws -> StepRecord {
    guard let step = trainer.takeStep() else {
      throw ScaleError(
        message: "the loss of batch \(plan.division.batch) is not finite at a learning rate near 0; look for NaN or "
          + "very large numbers in the data, or for initial weights that overflow")
    }
    lastSeconds = step.gradientSeconds + step.reduceSeconds
    return step
  }

  /// The cell as it stands; `nil` without a timed step.
  ///
  /// - Parameters:
  ///   - baseBytes: resident memory before the first cell: program and data.
  ///   - hostRanks: ranks on this host.
  func cell(baseBytes: Int, usableCores: Int, hostRanks: Int) -> ScaleCell? {
    guard timedSteps > 0 else { return nil }
    let steps = EmpiricalDistribution(zip(gradientSeconds, reduceSeconds).map { $0 + $1 })
    return ScaleCell(
      threads: plan.threads, batch: plan.division.batch, stepSeconds: steps.quantile(0.5),
      stepSecondsLow: steps.quantile(0.25), stepSecondsHigh: steps.quantile(0.75),
      gradientSeconds: EmpiricalDistribution(gradientSeconds).quantile(0.5),
      reduceSeconds: EmpiricalDistribution(reduceSeconds).quantile(0.5),
      peakMemoryBytes: addedBytes.map { baseBytes + $0 } ?? MemoryEstimate(plan).totalBytes, timedSteps: timedSteps,
      shards: plan.division.shards, microbatch: plan.division.microbatch,
      busiestSamples: StepWork(plan, threads: plan.threads, ranks: plan.ranks).busiestSamples,
      usableCores: usableCores, ranks: plan.ranks, hostRanks: hostRanks)
  }
}

extension Collective {
  /// What rank 0 wants, on all ranks.
  func follow(_ wish: Bool) -> Bool { ranks == 1 ? wish : agree(rank == 0 && wish) }
}

/// A scale study that cannot go on.
package struct ScaleError: Error, Equatable, CustomStringConvertible {
  /// What was found, and what to do.
  package let message: String

  package var description: String { message }
}
