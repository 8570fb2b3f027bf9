import Checkpoints
import Kernels
import Models

/// What studies read and set between two steps.
extension Trainer {
  /// The flat vector of all parameters, in the layout of the network, padding included.
  package var weights: Floats { state.parameters.view }

  /// SGD's momentum buffer u in the same layout; `nil` without momentum.
  package var momentum: Floats? { update.vectors.first?.view }

  /// Starts from other weights, and from a momentum of zero.
  package func restart(from weights: Floats) {
    state.parameters.view.copy(from: weights)
    for vector in update.vectors { vector.view.fill(with: 0) }
    update.restartFollowing()
  }
}

extension Trainer {
  /// Writes the weights as a run directory's `weights.safetensors` has them.
  package func writeWeights(to path: String) throws {
    try withResult { try SafetensorsFile.write($0, metadata: modelMetadata, to: path) }
  }
}
