import Keys

/// Weight decay λ: a pull towards zero that never passes through the loss (Goyal et al. 2017, remark 1).
///
/// A rule says where it joins: the gradient (SGD, LARS, Adam), the weights themselves (AdamW), the direction (LAMB).
struct WeightDecay: Sendable, Equatable {
  /// λ, at least 0.
  let factor: Double

  /// `optimizer.weightDecay`.
  static func key(_ section: Section, _ value: Double?) -> Double {
    section.key(
      "weightDecay", value, .number(.from(0)), default: 0,
      "Pulls weights towards zero, outside the loss; biases and batch norm have none.")
  }

  /// λ of a tensor: 0 for biases, and for normalisation's γ and β.
  ///
  /// - Parameter own: λ of the tensor's group, where that has one.
  func of(decaying decays: Bool, own: Double? = nil) -> Double { decays ? own ?? factor : 0 }
}
