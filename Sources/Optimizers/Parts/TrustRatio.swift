/// How far a tensor may move in a step, relative to its norm: r = trust·‖w‖ ÷ (‖d‖ + λ‖w‖) along a direction d.
///
/// LARS takes the gradient for d (You et al. 2017). LAMB takes Adam's direction, which has weight decay in it already, and a
/// trust of 1 (You et al. 2020).
struct TrustRatio {
  var trust = 1.0

  /// r of the chunk's tensor; 1 if a norm is 0, and for tensors that do not decay.
  ///
  /// - Parameter weightDecay: λ, where it is not part of the direction.
  func of(_ chunk: RuleChunk, weightDecay: Double = 0) -> Double {
    guard chunk.decays else { return 1 }
    guard let norms = chunk.norms else { preconditionFailure("a trust ratio needs the norms of a tensor that decays") }
    let direction = norms.direction * chunk.gradientScale
    guard norms.weight > 0 && direction > 0 else { return 1 }
    return trust * norms.weight / (direction + weightDecay * norms.weight)
  }
}
