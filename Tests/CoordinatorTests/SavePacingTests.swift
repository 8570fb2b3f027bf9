import Calendars
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Optimizers
import Records
import TestSupport
import Testing

/// Runs that save after every step, with a clock that a test moves.
@Suite("Saves that wait")
struct SavePacingTests {
  private final class Clock {
    var seconds = 0.0
  }

  private func configuration(isPaced: Bool) -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [8]), batch: 10, steps: 60, rate: 0.02)
    configuration.evaluate = EvaluationConfiguration(every: .steps(1))
    configuration.checkpoint = CheckpointConfiguration(every: .steps(1), keep: 100, isPaced: isPaced)
    return configuration
  }

  private struct Outcome {
    var checkpoints: [Int] = []
    var bestSaves: [Int] = []
    var weights = ""
    var bestStep: Int?
    var savedBestStep: Int?
  }

  /// Trains with steps that take a second, and saves that take `savingSeconds`.
  private func run(
    isPaced: Bool, savingSeconds: Double, diverges: Bool = false, in folder: String
  ) throws -> Outcome {
    var configuration = configuration(isPaced: isPaced)
    if diverges { configuration.learningRate.decay = .step(at: [.steps(8)], factor: 1e30) }
    let run = try RunFolder(creating: folder, configuration: configuration)
    let splits = Runs.samples(.features(6), count: 60)
    let trainer = try Trainer(RunPlan(configuration, splits: splits), folder: run)
    let clock = Clock()
    trainer.pacing.clock = { clock.seconds }
    trainer.bestPacing.clock = { clock.seconds }
    var outcome = Outcome()
    let summary = try trainer.train { event in
      switch event {
      case .step: clock.seconds += 1
      case .saved(let path, let step):
        clock.seconds += savingSeconds
        if path.hasSuffix("best.safetensors") {
          outcome.bestSaves.append(step)
        } else {
          outcome.checkpoints.append(step)
        }
      default: break
      }
    }.summary
    #expect((summary.outcome == .diverged) == diverges)
    (outcome.weights, outcome.bestStep) = (summary.weightsSHA256, summary.bestStep)
    outcome.savedBestStep = try run.checkpoints.best()?.step
    return outcome
  }

  @Test("take a twentieth of the time of each kind, and change no bit; the last state and the best are always saved")
  func shares() throws {
    try withTemporaryFolder { folder in
      let all = try run(isPaced: false, savingSeconds: 0.5, in: folder.path + "/all")
      let paced = try run(isPaced: true, savingSeconds: 0.5, in: folder.path + "/paced")
      #expect(all.checkpoints == Array(1...60))
      // Half a second, then 9.5 of steps: a save after every tenth or eleventh step, since the best takes time too.
      try #require(paced.checkpoints.count >= 4 && paced.checkpoints.last == 60)
      #expect(paced.checkpoints.count <= 9, "\(paced.checkpoints)")
      let gaps = zip(paced.checkpoints, paced.checkpoints.dropFirst()).dropLast().map { $1 - $0 }
      #expect(gaps.allSatisfy { $0 >= 8 }, "\(paced.checkpoints)")
      #expect(paced.bestSaves.count < all.bestSaves.count && all.bestSaves.count > 8)
      #expect(paced.weights == all.weights && paced.bestStep == all.bestStep)
      #expect(paced.savedBestStep == all.bestStep && all.savedBestStep == all.bestStep)
    }
  }

  @Test("do not lose the best weights of a run that diverges before the next one")
  func divergence() throws {
    try withTemporaryFolder { folder in
      let all = try run(isPaced: false, savingSeconds: 0.5, diverges: true, in: folder.path + "/all")
      let paced = try run(isPaced: true, savingSeconds: 0.5, diverges: true, in: folder.path + "/paced")
      try #require(all.bestSaves.count > 1 && paced.checkpoints.last.map { $0 < all.bestSaves.last! } == true)
      #expect(paced.savedBestStep == all.savedBestStep && paced.bestStep == all.bestStep)
    }
  }

  @Test("are all made where they take no time to speak of, or where the config named them")
  func quick() throws {
    try withTemporaryFolder { folder in
      let quick = try run(isPaced: true, savingSeconds: 0.01, in: folder.path + "/quick")
      #expect(quick.checkpoints == Array(1...60))
      #expect(quick.savedBestStep == quick.bestStep)
      let named = try run(isPaced: false, savingSeconds: 100, in: folder.path + "/named")
      #expect(named.checkpoints == Array(1...60))
    }
  }

  @Test(
    "leave a best state on the disk that is none later than the newest checkpoint's, so that a killed run goes on alike"
  )
  func killed() throws {
    try withTemporaryFolder { folder in
      let path = folder.path + "/run"
      let configuration = configuration(isPaced: true)
      let run = try RunFolder(creating: path, configuration: configuration)
      let splits = Runs.samples(.features(6), count: 60)
      struct Killed: Error {}
      let clock = Clock()
      do {
        let trainer = try Trainer(RunPlan(configuration, splits: splits), folder: run)
        trainer.pacing.clock = { clock.seconds }
        trainer.bestPacing.clock = { clock.seconds }
        #expect(throws: Killed.self) {
          try trainer.train { event in
            switch event {
            case .step(let step):
              clock.seconds += 1
              if step.step == 37 { throw Killed() }
            case .saved: clock.seconds += 0.5
            default: break
            }
          }
        }
      }
      let newest = try #require(run.checkpoints.newestValid().checkpoint?.step)
      let best = try #require(try run.checkpoints.best()?.step)
      #expect(newest < 37 && best <= newest)
    }
  }
}
