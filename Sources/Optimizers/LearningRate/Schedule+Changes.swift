import Calendars

extension Schedule {
  /// A step at which the learning rate begins to follow another rule.
  package struct Change: Sendable, Equatable {
    /// The first step of the new regime.
    package let step: Int
    /// The same in passes over the training set.
    package let epoch: Double
    /// η of that step.
    package let learningRate: Double
    /// What happens there: `start`, `start of warmup`, `warmup ends`, `decay × 0.1`, `cosine decay starts`, `last step`; several
    /// are joined by a comma.
    package let label: String
  }

  /// Every change of regime in ascending order, from step 0 to the last step of the run, each step once.
  ///
  /// Decay points and ends of warmup beyond the run are not listed, since no step sees them.
  package func changes() -> [Change] {
    var events: [(step: Int, label: String)] = [(0, warmupSteps > 0 ? "start of warmup" : "start")]
    if warmupSteps > 0 { events.append((warmupSteps, "warmup ends")) }
    switch decay {
    case .none, .batch: break
    case .step(_, let factor):
      events += decaySteps.map { ($0, "decay × \(factor)") }
    case .cosine: events.append((warmupSteps, "cosine decay starts"))
    case .polynomial: events.append((warmupSteps, "polynomial decay starts"))
    }
    for phase in calendar.phases.dropFirst() { events.append((phase.firstStep, "batch \(phase.batch)")) }
    events.append((steps - 1, "last step"))

    var labels: [Int: String] = [:]
    for event in events where event.step < steps {
      let step = max(0, event.step)
      labels[step] = labels[step].map { "\($0), \(event.label)" } ?? event.label
    }
    return labels.sorted { $0.key < $1.key }.map { step, label in
      Change(
        step: step, epoch: calendar.epoch(after: step), learningRate: learningRate(at: step), label: label)
    }
  }
}
