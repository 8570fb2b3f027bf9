import Kernels

/// One tensor that gradients train, inside the flat vector of all parameters.
public struct ParameterTensor: Sendable {
  /// What a tensor is for, which decides its initial value and its update.
  public enum Role: Sendable, Equatable {
    /// Weights of a layer that is not the last: He initialisation with this fan-in (He et al. 2015).
    case weight(fanIn: Int)
    /// Weights of the last dense layer: N(0, 0.01²) (Goyal et al. 2017, §5.1).
    case outputWeight
    case bias
    /// γ of batch norm, 1 at first; `isZero` where it ends a residual body and the model asks for that
    /// (`model.zeroInitResidual`; Goyal et al. 2017, §5.1).
    case scale(isZero: Bool)
    /// β of batch norm.
    case shift
  }

  /// Name, shape and place.
  public let stored: StoredTensor
  public let role: Role
  /// The tensor's number among all of the network, running statistics included, which keys its initial numbers.
  let ordinal: Int

  /// Name in files, as PyTorch's `state_dict` has it, such as `0.weight`.
  public var name: String { stored.name }
  /// Shape in files: dense [out, in], convolution [out, in, kh, kw], others [channels].
  public var fileShape: [Int] { stored.fileShape }
  /// Where the elements are in the flat vector, padding included.
  public var range: Range<Int> { stored.range }
  /// Elements without padding.
  public var count: Int { stored.count }
  /// Whether weight decay applies: not to biases and batch norm (Goyal et al. 2017, §5.1).
  public var decays: Bool {
    switch role {
    case .weight, .outputWeight: true
    default: false
    }
  }

  /// The elements in file order; see ``StoredTensor/fileElements(of:)``.
  public func fileElements(of vector: Floats) -> [Float] { stored.fileElements(of: vector) }
}
