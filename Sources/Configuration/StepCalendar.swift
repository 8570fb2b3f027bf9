/// Which epoch and which batch a step belongs to: a pure function of the config and the size of the training set.
///
/// A run whose batch stays has one phase. Where the batch grows (`decay.kind` batch) or was changed on the way
/// (`temperature.batches`), a phase begins with each change, always at the beginning of an epoch.
public struct StepCalendar: Sendable, Equatable {
  /// Steps with the same batch.
  public struct Phase: Sendable, Equatable {
    /// Steps, and epochs, done before the phase.
    public let firstStep: Int
    public let firstEpoch: Int
    /// B.
    public let batch: Int
    public let stepsPerEpoch: Int
    /// What the learning rate is multiplied by in this phase.
    public let rateFactor: Double
  }

  /// Samples in the training set; `nil` where nobody needs to know.
  public let samples: Int?
  /// In the order of their steps; never empty.
  public let phases: [Phase]

  /// A calendar of one phase.
  public init(batch: Int, stepsPerEpoch: Int) {
    precondition(batch >= 1 && stepsPerEpoch >= 1, "batch \(batch) in epochs of \(stepsPerEpoch) steps")
    samples = nil
    phases = [Phase(firstStep: 0, firstEpoch: 0, batch: batch, stepsPerEpoch: stepsPerEpoch, rateFactor: 1)]
  }

  /// The calendar of a run on `samples` training samples, which are at least as many as the largest batch.
  public init(_ configuration: RunConfiguration, samples: Int) {
    self.samples = samples
    let data = configuration.data
    let keepsLast = data.lastBatch == .keep && data.order != .iid
    var phases: [Phase] = []
    for part in Self.parts(configuration, samples: samples) {
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

  /// Batches and factors of the rate, with the epoch that each begins with.
  private static func parts(
    _ configuration: RunConfiguration, samples: Int
  ) -> [(epoch: Int, batch: Int, rateFactor: Double)] {
    let first = configuration.batch.size
    var parts = [(epoch: 0, batch: first, rateFactor: 1.0)]
    if case .batch(let epochs, let factor, let maximum) = configuration.learningRate.decay {
      // What cannot be raised in B, beyond the maximum or by rounding, is lowered in η: η ÷ B falls by the factor.
      let most = Double(max(first, min(maximum ?? samples, samples)))
      var goal = Double(first)
      for epoch in epochs {
        goal *= factor
        let batch = min(goal.rounded(), most)
        parts.append((epoch, Int(batch), batch / goal))
      }
    }
    for change in configuration.temperature.batches where configuration.temperature.hold {
      let part = (change.epoch, change.size, Double(change.size) / Double(first))
      if change.epoch == 0 { parts[0] = part } else { parts.append(part) }
    }
    return parts
  }

  /// The largest batch of any phase of this run on its data.
  public var largestBatch: Int { phases.reduce(0) { max($0, $1.batch) } }

  /// The phase of a step, counted from 0. Allocates nothing.
  public func phase(ofStep step: Int) -> Phase {
    var index = phases.count - 1
    while index > 0 && phases[index].firstStep > step { index -= 1 }
    return phases[index]
  }

  /// Passes over the training set done after `steps` steps.
  public func epoch(after steps: Int) -> Double {
    let phase = phase(ofStep: steps)
    return Double(phase.firstEpoch) + Double(steps - phase.firstStep) / Double(phase.stepsPerEpoch)
  }

  /// The length of a span that begins with the run, in steps, rounded to the nearest.
  public func steps(of span: Span) -> Int {
    switch span {
    case .steps(let steps): return steps
    case .epochs(let epochs):
      let phase = phases.last { Double($0.firstEpoch) <= epochs } ?? phases[0]
      return phase.firstStep + Span.epochs(epochs - Double(phase.firstEpoch)).steps(stepsPerEpoch: phase.stepsPerEpoch)
    }
  }

  /// Whether the last of `steps` steps ended an epoch.
  public func endsEpoch(after steps: Int) -> Bool {
    let phase = phase(ofStep: steps - 1)
    return (steps - phase.firstStep).isMultiple(of: phase.stepsPerEpoch)
  }

  /// Whether what happens `every` so often happens after `steps` steps; each phase counts from its own beginning.
  public func isDue(_ every: Span, after steps: Int) -> Bool {
    let phase = phase(ofStep: steps - 1)
    switch every {
    case .steps(let interval): return steps.isMultiple(of: max(1, interval))
    case .epochs:
      let interval = max(1, every.steps(stepsPerEpoch: phase.stepsPerEpoch))
      return (steps - phase.firstStep).isMultiple(of: interval)
    }
  }
}

extension RunConfiguration {
  /// The largest batch that the config names, whatever the size of the training set: with a decay by batch and no
  /// maximum, that of its last phase.
  public var largestBatch: Int {
    var largest = batch.size
    if case .batch(let epochs, let factor, let maximum) = learningRate.decay {
      let last = Double(batch.size) * epochs.reduce(1.0) { goal, _ in goal * factor }
      // Beyond what an Int holds there is no training set either.
      let bound = min(last.rounded(), Double(maximum ?? Limit.count))
      largest = max(largest, Int(min(bound, Double(Limit.count))))
    }
    if temperature.hold { largest = temperature.batches.reduce(largest) { max($0, $1.size) } }
    return largest
  }
}
