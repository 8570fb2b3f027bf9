import Coordinator
import Records
import Workers

/// What one place does: one seed after the other, as long as there are any.
struct ReplicaWork: Sendable {
  let replicas: Replicas
  let folder: ReplicaFolder
  let stop: StopRequest
  let make: Replicas.Maker
  let progress: @Sendable (ReplicaProgress) -> Void
  let board: ReplicaBoard

  /// Works until no seed is left, or somebody asks to stop.
  func serve(_ place: Int) {
    while !stop.isRaised, let seed = board.take() {
      do {
        let ended = try train(seed, place)
        board.end(ended)
      } catch {
        stop.raise()
        board.fail(error)
      }
    }
    board.leave()
  }

  private func train(_ seed: UInt64, _ place: Int) throws -> Replicas.Ended {
    let plan = try replicas.plan(seed, replicas.data.splits(seed: seed), place: place)
    let (runFolder, goesOn) = try folder.open(plan.configuration)
    let trainer = try make(plan, runFolder, goesOn)
    let remarks = goesOn ? try trainer.resume(acceptingChanges: replicas.acceptsChanges) : []
    let first = trainer.progress.step
    board.begin(after: first, of: plan.steps)
    var last = first
    let result = try trainer.train(stop: stop) { event in
      switch event {
      case .step(let step):
        last = step.step
        progress(board.advance(step.samples))
      default: break
      }
    }
    board.finish(result.summary, left: plan.steps - last)
    return Replicas.Ended(seed: seed, result: result, remarks: remarks)
  }
}
