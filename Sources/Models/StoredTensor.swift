import Kernels

/// A named tensor of a network: its shape in files, and where and how its elements lie in a flat vector.
package struct StoredTensor: Sendable {
  /// The flat vectors of a network.
  package enum Vector: Sendable {
    /// What gradients train; see ``NetworkState/parameters``.
    case parameters
    /// Running means and variances; see ``NetworkState/statistics``.
    case statistics
  }

  /// Name in files, as PyTorch's `state_dict` has it, such as `0.weight`.
  package let name: String
  /// Shape in files: dense [out, in], convolution [out, in, kh, kw], others [channels].
  package let fileShape: [Int]
  /// The vector that the tensor is part of.
  package let vector: Vector
  /// Where the elements are in that vector, in the order of ``layout``, padding included.
  package let range: Range<Int>
  package let layout: any ParameterLayout

  /// Elements without padding.
  package var count: Int { fileShape.reduce(1, *) }

  /// The elements in file order.
  ///
  /// - Parameter vector: a flat vector of the network, as long as the one that the tensor is part of.
  package func fileElements(of vector: Floats) -> [Float] {
    let inside = vector[range]
    return (0..<count).map { inside[layout.index(ofFileElement: $0)] }
  }

  /// Writes the elements in file order to `elements`, which has room for `count`.
  package func copyFileElements(of vector: Floats, to elements: Floats) {
    precondition(elements.count == count, "\(elements.count) elements for \(name) of shape \(fileShape)")
    let inside = vector[range]
    for index in 0..<count { elements[index] = inside[layout.index(ofFileElement: index)] }
  }

  /// Sets the elements from file order; padding becomes zero.
  package func setFileElements(_ elements: [Float], in vector: Floats) {
    precondition(elements.count == count, "\(elements.count) elements for \(name) of shape \(fileShape)")
    let inside = vector[range]
    inside.fill(with: 0)
    for index in 0..<count { inside[layout.index(ofFileElement: index)] = elements[index] }
  }
}
