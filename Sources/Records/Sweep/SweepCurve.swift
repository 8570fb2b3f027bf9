/// A thinned curve over epochs.
package struct SweepCurve: Codable, Sendable, Equatable {
  /// Passes over the training set, rising.
  package var epochs: [Double]
  package var values: [Double]

  /// A curve of as many values as epochs.
  package init(epochs: [Double] = [], values: [Double] = []) {
    precondition(epochs.count == values.count, "\(values.count) values at \(epochs.count) epochs")
    self.epochs = epochs
    self.values = values
  }
}
