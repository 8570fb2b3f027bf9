/// What is known of a run that goes on, beside its records.
package struct RunningState: Sendable, Equatable {
  /// What a run will do.
  package struct Plan: Sendable, Equatable {
    /// Steps of the whole run.
    package var steps: Int
    /// Epochs of the whole run.
    package var epochs: Double
    /// Steps that were done before, where the run was resumed.
    package var firstStep: Int

    /// A plan of `steps` steps.
    package init(steps: Int, epochs: Double, firstStep: Int = 0) {
      self.steps = steps
      self.epochs = epochs
      self.firstStep = firstStep
    }
  }

  /// What the run will do.
  package var plan: Plan
  /// Time since the run began, or went on.
  package var elapsedSeconds: Double

  /// The state of a run so long after its start.
  package init(plan: Plan, elapsedSeconds: Double) {
    self.plan = plan
    self.elapsedSeconds = elapsedSeconds
  }

  /// The time left after `step` steps, from the time spent, evaluation and saving included; `nil` before the first.
  package func secondsLeft(afterStep step: Int) -> Double? {
    guard step > plan.firstStep else { return nil }
    return elapsedSeconds / Double(step - plan.firstStep) * Double(max(plan.steps - step, 0))
  }
}
