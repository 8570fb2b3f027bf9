import Records

/// Thins a curve of unknown length while it grows: means over stretches of equal length, which doubles whenever there
/// are too many of them.
package struct CurveThinning: Sendable {
  /// Most stretches that are kept; at least half as many are.
  package static let most = 128

  private var epochs: [Double] = []
  private var means: [Double] = []
  /// Values of a stretch.
  private var length = 1
  private var sum = 0.0
  private var count = 0
  private var epoch = 0.0

  package init() {}

  /// Adds the next value.
  package mutating func append(epoch: Double, value: Double) {
    sum += value
    count += 1
    self.epoch = epoch
    guard count == length else { return }
    epochs.append(epoch)
    means.append(sum / Double(count))
    (sum, count) = (0, 0)
    guard means.count == Self.most else { return }
    epochs = stride(from: 1, to: Self.most, by: 2).map { epochs[$0] }
    means = stride(from: 1, to: Self.most, by: 2).map { (means[$0 - 1] + means[$0]) / 2 }
    length *= 2
  }

  /// The curve so far, a last, shorter stretch included.
  package var curve: SweepCurve {
    count == 0
      ? SweepCurve(epochs: epochs, values: means)
      : SweepCurve(epochs: epochs + [epoch], values: means + [sum / Double(count)])
  }
}
