/// Which epoch and which batch a step belongs to: a pure function of the config and the size of the training set.
///
/// A run whose batch stays has one phase. Where the batch grows (`decay.kind` batch) or was changed on the way
/// (`temperature.batches`), a phase begins with each change, always at the beginning of an epoch.
package struct StepCalendar: Sendable, Equatable {
  /// Steps with the same batch.
  package struct Phase: Sendable, Equatable {
    /// Steps, and epochs, done before the phase.
    package let firstStep: Int
    package let firstEpoch: Int
    /// B.
    package let batch: Int
    package let stepsPerEpoch: Int
    /// What the learning rate is multiplied by in this phase.
    package let rateFactor: Double
  }

  /// Samples in the training set; `nil` where nobody needs to know.
  package let samples: Int?
  /// In the order of their steps; never empty.
  package let phases: [Phase]

  /// A calendar of one phase.
  package init(batch: Int, stepsPerEpoch: Int) {
    precondition(batch >= 1 && stepsPerEpoch >= 1, "batch \(batch) in epochs of \(stepsPerEpoch) steps")
    samples = nil
    phases = [Phase(firstStep: 0, firstEpoch: 0, batch: batch, stepsPerEpoch: stepsPerEpoch, rateFactor: 1)]
  }

  /// What begins a phase: the epoch, its batch, and what the learning rate is multiplied by from there on.
  package typealias Part = (epoch: Int, batch: Int, rateFactor: Double)

  /// The calendar of a run on `samples` training samples, which are at least as many as the largest batch.
  ///
  /// - Parameters:
  ///   - parts: ascending epochs, the first 0.
  ///   - keepsLast: whether the samples that do not fill a batch at the end of an epoch make a smaller one.
  package init(parts: [Part], samples: Int, keepsLast: Bool) {
    self.samples = samples
    var phases: [Phase] = []
    for part in parts {
      var firstStep = 0
      if let last = phases.last {
        firstStep = last.firstStep + (part.epoch - last.firstEpoch) * last.stepsPerEpoch
      }
      let steps = keepsLast ? (samples + part.batch - 1) / part.batch : samples / part.batch
      precondition(steps >= 1, "a batch of \(part.batch) from \(samples) samples")
      phases.append(
        Phase(
          firstStep: firstStep, firstEpoch: part.epoch, batch: part.batch, stepsPerEpoch: steps,
          rateFactor: part.rateFactor))
    }
    self.phases = phases
  }

  /// The largest batch of any phase of this run on its data.
  package var largestBatch: Int { phases.reduce(0) { max($0, $1.batch) } }

  /// The phase of a step, counted from 0. Allocates nothing.
  package func phase(ofStep step: Int) -> Phase {
    var index = phases.count - 1
    while index > 0 && phases[index].firstStep > step { index -= 1 }
    return phases[index]
  }

  /// Passes over the training set done after `steps` steps.
  package func epoch(after steps: Int) -> Double {
    let phase = phase(ofStep: steps)
    return Double(phase.firstEpoch) + Double(steps - phase.firstStep) / Double(phase.stepsPerEpoch)
  }

  /// The length of a span that begins with the run, in steps, rounded to the nearest.
  package func steps(of span: Span) -> Int {
    switch span {
    case .steps(let steps): return steps
    case .epochs(let epochs):
      let phase = phases.last { Double($0.firstEpoch) <= epochs } ?? phases[0]
      return phase.firstStep + Span.epochs(epochs - Double(phase.firstEpoch)).steps(stepsPerEpoch: phase.stepsPerEpoch)
    }
  }

  /// Whether the last of `steps` steps ended an epoch.
  package func endsEpoch(after steps: Int) -> Bool {
    let phase = phase(ofStep: steps - 1)
    return (steps - phase.firstStep).isMultiple(of: phase.stepsPerEpoch)
  }

  /// Whether what happens `every` so often happens after `steps` steps; each phase counts from its own beginning.
  package func isDue(_ every: Span, after steps: Int) -> Bool {
    let phase = phase(ofStep: steps - 1)
    switch every {
    case .steps(let interval): return steps.isMultiple(of: max(1, interval))
    case .epochs:
      let interval = max(1, every.steps(stepsPerEpoch: phase.stepsPerEpoch))
      return (steps - phase.firstStep).isMultiple(of: interval)
    }
  }
}
