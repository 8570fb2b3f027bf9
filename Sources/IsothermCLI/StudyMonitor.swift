import Reports
import Studies
import Foundation
import Synchronization

extension StudyGauge {
  /// Takes in how far a study is.
  func update(_ progress: StudyProgress) {
    update(
      done: progress.done, planned: progress.planned, secondsLeft: progress.secondsLeft,
      samplesPerSecond: progress.samplesPerSecond)
  }
}

/// Shows how far a study is, on standard error.
final class StudyMonitor: Sendable {
  private let writer: ProgressWriter
  /// What goes on, and since when; progress may come from any thread.
  private let current = Mutex((activity: "", start: Date()))

  init(quiet: Bool) { writer = ProgressWriter(quiet: quiet) }

  func show(_ progress: StudyProgress) { writer.update(state(progress)) }

  func finish() { writer.finish() }

  private func state(_ progress: StudyProgress) -> ProgressState {
    let training = progress.training
    var state = ProgressState(
      step: progress.done, steps: progress.planned, epoch: training?.epoch, epochs: training?.epochs,
      activity: progress.activity)
    state.loss = training?.loss
    state.learningRate = training?.learningRate
    state.samplesPerSecond = progress.samplesPerSecond
    state.secondsLeft = progress.secondsLeft ?? secondsLeft(progress)
    state.testAccuracy = training?.testAccuracy
    state.testLoss = training?.testLoss
    return state
  }

  /// By the pace of the activity so far.
  private func secondsLeft(_ progress: StudyProgress) -> Double? {
    let start = current.withLock { current in
      if current.activity != progress.activity { current = (progress.activity, Date()) }
      return current.start
    }
    guard let planned = progress.planned, progress.done > 0 else { return nil }
    return -start.timeIntervalSinceNow / Double(progress.done) * Double(max(0, planned - progress.done))
  }
}
