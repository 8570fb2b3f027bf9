import Kernels

/// One tensor that gradients train, inside the flat vector of all parameters.
package struct ParameterTensor: Sendable {
  /// Name, shape and place.
  package let stored: StoredTensor
  /// What the elements are before the first step.
  package let initial: InitialValue
  /// Whether weight decay applies: not to biases and normalisations (Goyal et al. 2017, §5.1).
  package let decays: Bool
  /// Whether the layer itself keeps the elements as they begin: a whitening convolution's weights, a γ that is 1.
  package let isFixed: Bool
  /// The tensor's number among all of the network, running statistics included, which keys its initial numbers.
  let ordinal: Int

  /// Name in files, as PyTorch's `state_dict` has it, such as `0.weight`.
  package var name: String { stored.name }
  /// Shape in files: dense [out, in], convolution [out, in, kh, kw], others [channels].
  package var fileShape: [Int] { stored.fileShape }
  /// Where the elements are in the flat vector, padding included.
  package var range: Range<Int> { stored.range }
  /// Elements without padding.
  package var count: Int { stored.count }

  /// The elements in file order; see ``StoredTensor/fileElements(of:)``.
  package func fileElements(of vector: Floats) -> [Float] { stored.fileElements(of: vector) }
}

/// What a tensor's elements are before the first step.
public enum InitialValue: Sendable, Equatable {
  /// Independent normal numbers with mean 0.
  case normal(deviation: Double)
  case constant(Float)
  /// Independent even numbers between −`bound` and `bound`.
  case uniform(bound: Double)
  /// Of a convolution [out, in, k, k]: the first `in` filters pass their own channel on, the others are uniform.
  case dirac(bound: Double)
  /// Of a first convolution: filters that make patches of the data uncorrelated (`PatchCovariance`); 0 until then.
  case whitening(samples: Int, epsilon: Double)

  /// Normal with deviation √(2 ÷ fan-in): for weights that a ReLU follows (He et al. 2015).
  public static func he(fanIn: Int) -> InitialValue { .normal(deviation: (2 / Double(fanIn)).squareRoot()) }

  /// Even between ±1 ÷ √fan-in: what PyTorch's dense layers and convolutions begin with.
  public static func uniform(fanIn: Int) -> InitialValue { .uniform(bound: 1 / Double(fanIn).squareRoot()) }
}
