import Kernels

/// One named tensor of a network inside the flat vector of all parameters.
public struct ParameterTensor: Sendable {
  /// Name in files, as PyTorch's `state_dict` has it, such as `0.weight`.
  public let name: String
  /// Shape in files: dense [out, in], convolution [out, in, kh, kw], others [channels].
  public let fileShape: [Int]
  /// Where the elements are in the flat vector, in the order of ``layout``, padding included.
  public let range: Range<Int>
  /// What the elements are before the first step.
  public let initial: InitialValue
  /// Whether gradients train it; running statistics are averages instead.
  public let isTrained: Bool
  /// Whether weight decay applies: not to biases and normalisations (Goyal et al. 2017, §5.1).
  public let decays: Bool
  package let layout: any ParameterLayout

  /// Elements without padding.
  public var count: Int { fileShape.reduce(1, *) }

  /// The elements in file order.
  ///
  /// - Parameter vector: the flat vector of the network that the tensor is part of.
  public func fileElements(of vector: Floats) -> [Float] {
    let inside = vector[range]
    return (0..<count).map { inside[layout.index(ofFileElement: $0)] }
  }

  /// Writes the elements in file order to `elements`, which has room for `count`.
  public func copyFileElements(of vector: Floats, to elements: Floats) {
    precondition(elements.count == count, "\(elements.count) elements for \(name) of shape \(fileShape)")
    let inside = vector[range]
    for index in 0..<count { elements[index] = inside[layout.index(ofFileElement: index)] }
  }

  /// Sets the elements from file order; padding becomes zero.
  public func setFileElements(_ elements: [Float], in vector: Floats) {
    precondition(elements.count == count, "\(elements.count) elements for \(name) of shape \(fileShape)")
    let inside = vector[range]
    inside.fill(with: 0)
    for index in 0..<count { inside[layout.index(ofFileElement: index)] = elements[index] }
  }
}

/// What a tensor's elements are before the first step.
public enum InitialValue: Sendable, Equatable {
  /// Independent normal numbers with mean 0.
  case normal(deviation: Double)
  case constant(Float)

  /// Normal with deviation √(2 ÷ fan-in): for weights that a ReLU follows (He et al. 2015).
  public static func he(fanIn: Int) -> InitialValue { .normal(deviation: (2 / Double(fanIn)).squareRoot()) }
}
