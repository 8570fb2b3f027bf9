/// What passed through one operation of a network.
package struct LayerRange: Codable, Sendable, Equatable {
  /// The layer's place in the network, as its tensors' names have it.
  package var name: String
  /// As `plan` calls it, such as "conv2d 5×5, 32".
  package var kind: String
  /// Of one sample.
  package var shape: [Int]
  /// What it gives.
  package var forward: ValueRange
  /// The gradient of the loss by that; `nil` where none was computed.
  package var backward: ValueRange?

  package init(name: String, kind: String, shape: [Int], forward: ValueRange, backward: ValueRange? = nil) {
    self.name = name
    self.kind = kind
    self.shape = shape
    self.forward = forward
    self.backward = backward
  }

  /// "2 (conv2d 5×5, 32)".
  package var title: String { "\(name) (\(kind))" }
}

/// What one step does with a tensor.
package struct TensorRange: Codable, Sendable, Equatable {
  /// Its name in files.
  package var name: String
  /// Its shape in files.
  package var shape: [Int]
  /// Before the step.
  package var weights: ValueRange
  /// The batch's average gradient, before clipping; `nil` where it was not computed, as for frozen tensors.
  package var gradient: ValueRange?
  /// What the step adds; `nil` where no step was taken.
  package var update: ValueRange?
  /// Euclidean norms.
  package var weightNorm: Double
  package var gradientNorm: Double?
  package var updateNorm: Double?

  package init(name: String, shape: [Int], weights: ValueRange) {
    self.name = name
    self.shape = shape
    self.weights = weights
    weightNorm = weights.norm
  }

  /// ‖update‖ ÷ ‖weights‖; `nil` without one of them.
  package var ratio: Double? {
    guard let updateNorm, weightNorm > 0 else { return nil }
    return updateNorm / weightNorm
  }
}
