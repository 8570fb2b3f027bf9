import Kernels
import Models

extension Trainer {
  /// The first element, in the order of layers, whose bits differ between two trainers of the same plan.
  package func firstDifference(from other: Trainer) -> (tensor: String, element: Int, values: [Float])? {
    if state.parameters.view.hasSameBits(as: other.state.parameters.view),
      state.statistics.view.hasSameBits(as: other.state.statistics.view)
    {
      return nil
    }
    for tensor in plan.network.storedTensors {
      let left = state.fileElements(of: tensor)
      let right = other.state.fileElements(of: tensor)
      for element in left.indices where left[element].bitPattern != right[element].bitPattern {
        return (tensor.name, element, [left[element], right[element]])
      }
    }
    return nil
  }
}
