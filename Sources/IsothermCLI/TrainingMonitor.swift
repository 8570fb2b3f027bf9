import Foundation
import Isotherm

/// Shows a run's events on standard error: the live line, evaluations, remarks.
final class TrainingMonitor {
  private let plan: RunPlan
  private let writer: ProgressWriter
  private let start = Date()
  private var firstStep = 0
  private var rate = 0.0
  private var state: ProgressState

  init(plan: RunPlan, quiet: Bool) {
    self.plan = plan
    writer = ProgressWriter(quiet: quiet)
    state = ProgressState(
      step: 0, steps: plan.steps, epoch: 0, epochs: plan.calendar.epoch(after: plan.steps))
  }

  func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let step):
      firstStep = step
      if step > 0 { writer.message("going on after step \(HumanFormat.count(step))") }
    case .step(let step):
      update(step)
      writer.update(self.state)
    case .evaluated(_, _, let evaluation):
      state.testAccuracy = evaluation.accuracy
      state.testLoss = evaluation.loss
      writer.update(self.state)
    case .saved:
      break
    case .note(let text):
      writer.message("note: \(text)")
    }
  }

  func finish() { writer.finish() }

  private func update(_ step: StepRecord) {
    state.step = step.step
    state.epoch = step.epoch
    state.loss = step.loss
    state.learningRate = step.learningRate
    state.noiseScale = step.noiseScale?.value
    // A rate over some dozen steps, so that the number can be read.
    let now = Double(step.samples) / (step.gradientSeconds + step.updateSeconds)
    rate = rate == 0 ? now : 0.95 * rate + 0.05 * now
    state.samplesPerSecond = rate
    let done = step.step - firstStep
    // The time left from the time spent, evaluation and saving included.
    state.secondsLeft = -start.timeIntervalSinceNow / Double(done) * Double(plan.steps - step.step)
  }
}
