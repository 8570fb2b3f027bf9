import Keys

/// Clipping: the batch's average gradient is shortened so that its Euclidean norm over all tensors is at most `norm`.
struct Clipping: Sendable, Equatable {
  /// The largest norm, above 0.
  let norm: Double

  /// `optimizer.clipNorm`.
  static func key(_ section: Section, _ value: Double?) -> Double? {
    section.optional(
      "clipNorm", value, .number(.above(0)),
      "Largest Euclidean norm of the batch's average gradient. Left out: nothing is clipped.")
  }

  /// What the gradient is multiplied by: min(1, norm ÷ ‖g‖).
  ///
  /// A norm that is not finite gives weights that are not, which the run sees as divergence.
  func scale(gradientNorm: Double?) -> Double {
    guard let gradientNorm else { preconditionFailure("clipping needs the gradient's norm") }
    return gradientNorm > norm ? norm / gradientNorm : 1
  }
}
