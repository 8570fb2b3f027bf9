/// Euclidean norms of one whole tensor, which LARS compares.
public struct TensorNorms: Sendable, Equatable {
  /// ‖w‖ before the step.
  public let weight: Double
  /// ‖g‖ of the averaged gradient, not clipped.
  public let gradient: Double

  /// Norms that are known.
  public init(weight: Double, gradient: Double) {
    self.weight = weight
    self.gradient = gradient
  }

  /// Norms from sums of squares, which chunks add up in a fixed order.
  public init(weightSquares: Double, gradientSquares: Double) {
    self.init(weight: weightSquares.squareRoot(), gradient: gradientSquares.squareRoot())
  }
}
