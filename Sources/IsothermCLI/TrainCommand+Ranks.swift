import Configuration
import Coordinator
import Gradients
import MPICollective
import ArgumentParser

extension TrainCommand {
  /// The part of a rank that is not the first: it reads its data, computes and updates what is its own, and leaves no file.
  func follow(_ collective: MPICollective) throws {
    let announced = try RankedRun.announced(collective)
    let splits = try loadData(announced, quiet: true)
    // With what rank 0 has made of it: the same, but for a batch that was changed on the way.
    let plan = try RunPlan(
      RankedRun.announced(collective), splits: splits, threads: threadOptions.threads, ranks: collective.ranks,
      share: RankedRun.share)
    let trainer = try Trainer(plan, collective: collective)
    trainer.trapsNotFinite = trapNan
    SignalHandling.begin(.working)
    try begin(trainer)
    let result = try trainer.train(stop: SignalHandling.stop)
    SignalHandling.begin(.finishing)
    RankedRun.leave()
    if let code = exitCode(result.outcome, plan) { throw ExitCode(code) }
  }

  /// What all ranks do before the first step: they compare their data, and begin with the state of rank 0.
  func begin(_ trainer: Trainer) throws {
    guard trainer.isRanked else { return }
    try trainer.requireSameData()
    try trainer.shareState()
    try trainer.expectAnswers(within: RankedRun.timeout())
  }
}
