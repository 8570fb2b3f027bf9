import Kernels

/// Maps stored numbers to a network's inputs: x · scale + shift, per channel of an image, per column of a table.
///
/// Both splits are stored alike (``StoredScale``), so that what is made from the training set applies to both.
public struct Normalizer: Sendable {
  private let scales: Buffer<Float>
  private let shifts: Buffer<Float>

  /// One factor a channel.
  public var scale: Floats { scales.view }
  /// One summand a channel.
  public var shift: Floats { shifts.view }

  /// Factors and summands, one of each a channel.
  public init(scale: [Float], shift: [Float]) {
    precondition(scale.count == shift.count, "\(scale.count) scales and \(shift.count) shifts")
    scales = Buffer(scale)
    shifts = Buffer(shift)
  }

  /// Leaves numbers as they are.
  public static func identity(channels: Int) -> Normalizer {
    Normalizer(scale: Array(repeating: 1, count: channels), shift: Array(repeating: 0, count: channels))
  }

  /// The normaliser of `data.normalize`, from the training set.
  init(_ normalization: Normalization, training: Dataset) {
    let channels = training.shape.channels
    switch normalization {
    case .none: self = .identity(channels: channels)
    case .unit:
      self.init(
        scale: Array(repeating: 1 / training.unit, count: channels), shift: Array(repeating: 0, count: channels))
    case .standardize:
      let statistics = ChannelStatistics(training)
      // A constant column carries nothing: it becomes 0, not a division by 0.
      let scale = statistics.deviations.map { $0 > 0 ? 1 / $0 : 1 }
      self.init(scale: scale.map(Float.init), shift: zip(statistics.means, scale).map { Float(-$0 * $1) })
    }
  }
}
