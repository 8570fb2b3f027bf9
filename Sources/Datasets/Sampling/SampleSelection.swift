import Calendars

/// Which samples are gathered, and in which order.
package enum SampleSelection: Sendable {
  /// Those at some positions of a training batch, in the run's order, augmented.
  case batch(BatchPosition, positions: Range<Int>, order: TrainingOrder)
  /// A range in the order of the files, as they are.
  case samples(Range<Int>)

  /// Number of samples.
  package var count: Int {
    switch self {
    case .batch(_, let positions, _): positions.count
    case .samples(let range): range.count
    }
  }
}
