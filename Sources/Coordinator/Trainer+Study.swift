import Checkpoints
import Kernels

/// What studies read and set between two steps.
extension Trainer {
  /// The flat vector of all parameters, in the layout of the network, padding included. Valid as long as the trainer.
  package var weights: Floats { engine.weights.view }

  /// SGD's momentum buffer u in the same layout; `nil` without momentum. Valid as long as the trainer.
  package var momentum: Floats? { engine.state.first?.view }

  /// Starts from other weights, and from a momentum of zero.
  package func restart(from weights: Floats) {
    engine.weights.view.copy(from: weights)
    for vector in engine.state { vector.view.fill(with: 0) }
  }
}

extension Trainer {
  /// Writes the weights as a run directory's `weights.safetensors` has them.
  package func writeWeights(to path: String) throws {
    try SafetensorsFile.write(plan.network.fileTensors(engine.weights.view), metadata: ["format": "pt"], to: path)
  }
}
