/// Euclidean norms of one whole tensor, which a trust ratio compares.
package struct TensorNorms: Sendable, Equatable {
  /// ‖w‖ before the step.
  package let weight: Double
  /// ‖g‖ of the averaged gradient, not clipped; of the prepared direction for rules that prepare one.
  package let direction: Double

  /// Norms that are known.
  package init(weight: Double, direction: Double) {
    self.weight = weight
    self.direction = direction
  }

  /// Norms from sums of squares, which chunks add up in a fixed order.
  package init(weightSquares: Double, directionSquares: Double) {
    self.init(weight: weightSquares.squareRoot(), direction: directionSquares.squareRoot())
  }
}
