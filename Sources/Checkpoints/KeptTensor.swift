import Kernels

/// A tensor with its elements as they were when it was made, whatever becomes of the memory that they came from.
package struct KeptTensor: Sendable {
  private let name: String
  private let shape: [Int]
  private let elements: [Float]
  private let integers: [Int64]?

  /// A copy of a tensor.
  package init(_ tensor: SafetensorsTensor) {
    (name, shape) = (tensor.name, tensor.shape)
    switch tensor.values {
    case .floats(let floats): (elements, integers) = (floats.array(), nil)
    case .integers(let values): (elements, integers) = ([], values)
    case .generated(let fill):
      let buffer = Buffer<Float>(count: tensor.count)
      fill(buffer.view)
      (elements, integers) = (buffer.view.array(), nil)
    }
  }

  /// The copy, to be written.
  package var tensor: SafetensorsTensor {
    if let integers { return SafetensorsTensor(name, shape: shape, integers: integers) }
    return SafetensorsTensor(name, shape: shape) { [elements] floats in
      for index in elements.indices { floats[index] = elements[index] }
    }
  }
}
