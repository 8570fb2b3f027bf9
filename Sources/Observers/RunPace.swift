import Calendars
import Coordinator
import Foundation
import Reports

/// What a run will do and since when it does it: the time left follows.
struct RunPace: Sendable {
  private(set) var plan: RunningState.Plan
  private var start = Date()

  init(_ plan: RunPlan) {
    self.plan = RunningState.Plan(steps: plan.steps, epochs: plan.calendar.epoch(after: plan.steps))
  }

  /// The run begins now, after so many steps of an earlier one.
  mutating func start(after step: Int) {
    plan.firstStep = step
    start = Date()
  }

  /// The state of the run now.
  var running: RunningState { RunningState(plan: plan, elapsedSeconds: -start.timeIntervalSinceNow) }
}
