import Calendars
import Configuration

extension StepCalendar {
  /// A number of samples that some step of a run has.
  struct StepSize: Equatable, Sendable {
    var samples: Int
    /// Whether it is the smaller, kept last batch of an epoch.
    var isLast: Bool
  }

  /// The different sizes of the first `steps` steps, in the order in which they come up.
  func stepSizes(steps: Int) -> [StepSize] {
    var sizes: [StepSize] = []
    func note(_ size: StepSize) {
      if !sizes.contains(size) { sizes.append(size) }
    }
    for (index, phase) in phases.enumerated() {
      let end = min(steps, index + 1 < phases.count ? phases[index + 1].firstStep : steps)
      guard phase.firstStep < end else { continue }
      note(StepSize(samples: phase.batch, isLast: false))
      let rest = (samples ?? .max) - (phase.stepsPerEpoch - 1) * phase.batch
      if rest < phase.batch, end - phase.firstStep >= phase.stepsPerEpoch {
        note(StepSize(samples: rest, isLast: true))
      }
    }
    return sizes
  }
}
