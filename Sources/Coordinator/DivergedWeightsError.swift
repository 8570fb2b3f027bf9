/// Weights whose loss or outputs are NaN or infinite, where somebody asks for what follows from them.
package struct DivergedWeightsError: Error, Equatable, CustomStringConvertible {
  /// The weights' file.
  package let path: String
  /// What is not finite.
  package let found: String

  /// An error about the weights in a file.
  package init(path: String, found: String) {
    self.path = path
    self.found = found
  }

  package var description: String {
    "\(path): diverged: \(found); give weights from before the divergence, such as an older checkpoint"
  }
}

extension Evaluation {
  /// Does nothing where the evaluation is finite.
  ///
  /// - Parameters:
  ///   - weights: the file that the weights are from.
  ///   - samples: how many test samples there are.
  /// - Throws: ``DivergedWeightsError`` where the loss or an output is NaN or infinite.
  package func requireFinite(weights: String, samples: Int) throws(DivergedWeightsError) {
    guard !isFinite else { return }
    let found =
      notFiniteSamples > 0
      ? "\(notFiniteSamples) of \(samples) test samples have outputs that are NaN or infinite"
      : "the test loss is \(loss)"
    throw DivergedWeightsError(path: weights, found: found)
  }
}
