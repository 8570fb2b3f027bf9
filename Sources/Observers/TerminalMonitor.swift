import Charts
import Coordinator
import Foundation
import Reports
import Statistics

/// Shows a run as it goes on: the progress line, with the last evaluation on it.
package final class TerminalMonitor: RunObserver {
  private let writer: ProgressWriter
  private var pace: RunPace
  private var rate = 0.0
  private var state: ProgressState

  /// Shows the run of a plan through a writer of progress.
  package init(_ plan: RunPlan, writer: ProgressWriter) {
    self.writer = writer
    pace = RunPace(plan)
    state = ProgressState(step: 0, steps: pace.plan.steps, epoch: 0, epochs: pace.plan.epochs)
  }

  package func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let step):
      pace.start(after: step)
      if step > 0 { writer.message("continuing after step \(HumanFormat.count(step))") }
    case .step(let step):
      take(step)
      writer.update(state)
    case .evaluated(_, _, let evaluation):
      state.testAccuracy = evaluation.accuracy
      state.testLoss = evaluation.loss
      writer.update(state)
    case .skipped, .histograms, .receipt, .saving, .saved, .ended: break
    }
  }

  package func finish() { writer.finish() }

  private func take(_ step: StepRecord) {
    state.step = step.step
    state.epoch = step.epoch
    state.loss = step.loss
    state.learningRate = step.learningRate
    state.noiseScale = step.noiseScale?.value
    // A rate over some dozen steps, so that the number can be read.
    let now = Double(step.samples) / step.seconds
    rate = rate == 0 ? now : 0.95 * rate + 0.05 * now
    state.samplesPerSecond = rate
    state.secondsLeft = pace.running.secondsLeft(afterStep: step.step)
  }
}
