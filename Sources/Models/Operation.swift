import Kernels

/// One layer's work on a microbatch, compiled from the config: which storages it reads and writes, and how.
///
/// Operations are immutable; whatever changes is in the ``Pass``. An operation reads and writes the storages that its
/// `forwardUses` and `backwardUses` name, no others: the arena plan relies on it. Its results depend on the pass alone,
/// never on threads or on what a storage held before, and it allocates nothing.
public protocol Operation: Sendable {
  /// For `plan`, such as "conv2d 5×5, 32".
  var label: String { get }
  /// Places of the operation's trained tensors in the flat parameter vector.
  var parameters: [Range<Int>] { get }
  /// Shape of a sample behind the operation.
  var outputShape: FeatureShape { get }
  /// What `forward` gives, for those who look at a pass (`isotherm replay`). Left out: nobody sees it.
  var result: Activation? { get }
  /// Storages touched by `forward`.
  var forwardUses: [Int] { get }
  /// Storages touched by `backward`.
  var backwardUses: [Int] { get }
  /// Multiplications and additions a sample, forward; element-wise work is not counted.
  var forwardFLOPs: Int { get }
  /// Multiplications and additions a sample, backward.
  var backwardFLOPs: Int { get }

  /// For `plan`: how each pass is computed, where there is a choice.
  var algorithms: String? { get }
  /// Floats of the weights in the form that the kernels want, packed once a step for all workers; 0 for none.
  var packedCount: Int { get }
  /// Parts in which the weights are packed, by any worker each.
  var packingParts: Int { get }
  /// Whether what is packed only makes a backward pass faster, and a step of few samples does without.
  var isPackingOptional: Bool { get }
  /// Packs a part of the operation's weights into its place among those of all operations.
  func pack(part: Int, weights: Floats, into packedWeights: Floats)

  /// Computes the output of `pass.count` samples.
  func forward(_ pass: Pass)
  /// From the gradient of the output: adds to the parameters' gradients, writes the gradient of the input.
  func backward(_ pass: Pass)
}

extension Operation {
  public var forwardFLOPs: Int { 0 }
  public var backwardFLOPs: Int { 0 }
  public var parameters: [Range<Int>] { [] }
  public var result: Activation? { nil }
  public var algorithms: String? { nil }
  public var packedCount: Int { 0 }
  public var packingParts: Int { packedCount > 0 ? 1 : 0 }
  public var isPackingOptional: Bool { false }
  public func pack(part: Int, weights: Floats, into packedWeights: Floats) {}
}

/// An operation whose output can be a sum: it adds what a shortcut gives in the pass that writes its own output.
protocol AddingOperation: Operation {
  /// Where the operation writes its output.
  var output: Activation { get }
  /// The operation that writes its own output plus `addend` to `output`, then max(0, ·) on demand; `nil` if it cannot.
  ///
  /// Its backward pass leaves the gradient of the sum, behind the ReLU, in the output's gradient, which is the addend's
  /// too, and is the first of the residual block to read it.
  func adding(_ addend: Activation, into output: Activation, relu: Bool) -> (any Operation)?
}

/// An operation that can add the gradient of its input to what the storage holds, instead of overwriting it.
protocol GradientAddingOperation: Operation {
  var input: Activation { get }
  /// Whether the gradient of the input is added to what its storage holds: that of a shortcut around this layer.
  var addsInputGradient: Bool { get set }
}

/// An operation whose weights' gradient is the product dyᵀ·x of two factors that may be left for later; see
/// ``FactoredGradients``.
protocol FactoredOperation: Operation {
  var shape: DenseShape { get }
  /// Place of the weights in the flat parameter vector.
  var weights: Range<Int> { get }
}

/// An operation that may skip zeros.
protocol ZeroSkippingOperation: Operation {
  /// Its number among those that may; `nil` if it does not.
  var zeroLayer: Int? { get }
}

/// An operation that convolves as a plan says.
protocol ConvolvingOperation: Operation {
  var plan: ConvolutionPlan { get }
}
