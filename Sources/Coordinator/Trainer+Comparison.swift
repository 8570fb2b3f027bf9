import Kernels
import Models

extension Trainer {
  /// The first element, in the order of layers, whose bits differ between two trainers of the same plan.
  package func firstDifference(from other: Trainer) -> (tensor: String, element: Int, values: [Float])? {
    for (mine, theirs) in [(state, other.state), (evaluated, other.evaluated)] {
      if mine.parameters.view.hasSameBits(as: theirs.parameters.view),
        mine.statistics.view.hasSameBits(as: theirs.statistics.view)
      {
        continue
      }
      for tensor in plan.network.storedTensors {
        let left = mine.fileElements(of: tensor)
        let right = theirs.fileElements(of: tensor)
        for element in left.indices where left[element].bitPattern != right[element].bitPattern {
          return (tensor.name, element, [left[element], right[element]])
        }
      }
    }
    return nil
  }
}
