import Checkpoints
import Configuration
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
      } catch let damage as DamagedSeed {
        // It is that seed's alone: the others need not wait for somebody to look at it.
        board.add(damage)
      } catch {
        stop.raise()
        board.fail(error)
      }
    }
    board.leave()
  }

  private func train(_ seed: UInt64, _ place: Int) throws -> Replicas.Ended {
    let plan = try replicas.plan(seed, replicas.data.splits(seed: seed), place: place)
    let (trainer, remarks) = try open(plan)
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

  /// The trainer of a seed, where its newest checkpoint has it.
  ///
  /// - Throws: ``DamagedSeed`` if what an earlier part of the work left cannot be used.
  private func open(_ plan: RunPlan) throws -> (trainer: Trainer, remarks: [String]) {
    let seed = plan.configuration.seed
    do {
      let (runFolder, goesOn) = try folder.open(plan.configuration)
      let trainer = try make(plan, runFolder, goesOn)
      guard goesOn else { return (trainer, []) }
      do {
        return (trainer, try trainer.resume(acceptingChanges: replicas.acceptsChanges))
      } catch let error as CheckpointError {
        throw DamagedSeed(seed: seed, folder: folder.path(seed: seed), finding: "\(error)")
      }
    } catch let error as RunFolderError where error.isDamage {
      throw DamagedSeed(seed: seed, folder: folder.path(seed: seed), finding: error.finding)
    }
  }
}
