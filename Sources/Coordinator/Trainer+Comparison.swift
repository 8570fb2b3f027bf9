import Kernels
import Models

extension Trainer {
  /// The flat parameter vector.
  package var weightsBuffer: Buffer<Float> { engine.weights }

  /// The first element, in the order of tensors, whose bits differ between two trainers of the same plan.
  package func firstDifference(from other: Trainer) -> (tensor: String, element: Int, values: [Float])? {
    let mine = engine.weights.view
    let theirs = other.engine.weights.view
    if mine.hasSameBits(as: theirs) { return nil }
    for tensor in plan.network.tensors {
      let left = tensor.fileElements(of: mine)
      let right = tensor.fileElements(of: theirs)
      for element in left.indices where left[element].bitPattern != right[element].bitPattern {
        return (tensor.name, element, [left[element], right[element]])
      }
    }
    return nil
  }
}
