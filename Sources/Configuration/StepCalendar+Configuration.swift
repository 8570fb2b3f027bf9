import Keys
import Calendars
import Datasets
import Optimizers

extension StepCalendar {
  /// The calendar of a run on `samples` training samples, which are at least as many as the largest batch.
  package init(_ configuration: RunConfiguration, samples: Int) {
    let data = configuration.data
    self.init(
      parts: Self.parts(configuration, samples: samples), samples: samples,
      keepsLast: data.lastBatch == .keep && data.order != .iid)
  }

  /// Batches and factors of the rate, with the epoch that each begins with.
  private static func parts(
    _ configuration: RunConfiguration, samples: Int
  ) -> [Part] {
    let first = configuration.batch.size
    var parts: [Part] = [(epoch: 0, batch: first, rateFactor: 1.0)]
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
