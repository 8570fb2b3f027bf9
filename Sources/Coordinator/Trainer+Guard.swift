import Gradients

extension Trainer {
  /// Ends the run where a shard that was computed twice has two results.
  func requireAgreement() throws {
    guard let finding = engine.guardFinding else { return }
    throw FaultyMachineError(
      step: progress.step + 1, shard: finding.shard, workers: finding.workers, savedStep: lastSavedStep)
  }

  /// For tests: flips a bit of a shard's gradient, as a faulty core would.
  package func disturb(_ disturbance: ShardGuard.Disturbance) { engine.shardGuard?.disturb(disturbance) }
}

/// The same shard, computed twice by this machine, has given two results; exit code 1.
package struct FaultyMachineError: Error, Equatable, CustomStringConvertible {
  /// The step, counted from 1.
  package let step: Int
  package let shard: Int
  /// Who computed it, and who computed it again.
  package let workers: [Int]
  /// The last step that was saved; `nil` if none was.
  package let savedStep: Int?

  package var description: String {
    let who =
      workers[0] == workers[1] ? "by worker \(workers[0])" : "by workers \(workers[0]) and \(workers[1])"
    let saved = savedStep.map { "the checkpoint of step \($0) was written before" } ?? "no checkpoint was written yet"
    return
      "step \(step): shard \(shard), computed twice \(who), has two results, so a core or the memory of this machine "
      + "computes wrongly; nothing of the step was kept, and \(saved). Test memory and cores (memtest86+, stress-ng "
      + "--verify), then continue with --resume, best on another machine, and look with isotherm audit whether the run is sound"
  }
}
