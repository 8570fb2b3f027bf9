/// A thinned curve over epochs.
public struct SweepCurve: Codable, Sendable, Equatable {
  /// Passes over the training set, rising.
  public var epochs: [Double]
  public var values: [Double]

  /// A curve of as many values as epochs.
  public init(epochs: [Double] = [], values: [Double] = []) {
    precondition(epochs.count == values.count, "\(values.count) values at \(epochs.count) epochs")
    self.epochs = epochs
    self.values = values
  }
}
