import Kernels

/// One layer's work on a microbatch, compiled from the config: which storages it reads and writes, and how.
///
/// Operations are immutable; whatever changes is in the ``Pass``. An operation reads and writes the storages that its
/// `forwardUses` and `backwardUses` name, no others: the arena plan relies on it.
protocol Operation: Sendable {
  /// For `plan`, such as "conv2d 5×5, 32".
  var label: String { get }
  /// Places of the operation's tensors in the flat parameter vector.
  var parameters: [Range<Int>] { get }
  /// Shape of a sample behind the operation.
  var outputShape: FeatureShape { get }
  /// Storages touched by `forward`.
  var forwardUses: [Int] { get }
  /// Storages touched by `backward`.
  var backwardUses: [Int] { get }
  /// Multiplications and additions a sample, forward and backward; element-wise work is not counted.
  var forwardFLOPs: Int { get }
  var backwardFLOPs: Int { get }

  /// For `plan`: how each pass is computed, where there is a choice.
  var algorithms: String? { get }
  /// Floats of the weights in the form that the kernels want, packed once a step for all workers; 0 for none.
  var packedCount: Int { get }
  /// Packs the operation's weights into its place among those of all operations.
  func pack(weights: Floats, into packedWeights: Floats)

  /// Computes the output of `pass.count` samples.
  func forward(_ pass: Pass)
  /// From the gradient of the output: adds to the parameters' gradients, writes the gradient of the input.
  func backward(_ pass: Pass)
}

extension Operation {
  var forwardFLOPs: Int { 0 }
  var backwardFLOPs: Int { 0 }
  var parameters: [Range<Int>] { [] }
  var algorithms: String? { nil }
  var packedCount: Int { 0 }
  func pack(weights: Floats, into packedWeights: Floats) {}
}

/// A value between two operations.
struct Value {
  var shape: FeatureShape
  /// The image that a flatten made this vector of: memory keeps its NHWC order, files have the channel-major one.
  /// `nil` where both orders are the same.
  var flattened: FeatureShape?
  /// Storage of the value.
  var storage: Int
  /// Storage of its gradient; `nil` before the first operation with parameters, where no one wants it.
  var gradient: Int?
  /// Whether the next operation may overwrite the value: nobody else reads it, its producer's backward included.
  var mayOverwrite: Bool
}

/// Everything that an operation needs for one microbatch.
struct Pass {
  /// What the pass is for.
  enum Mode: Sendable {
    /// Batch statistics, dropout, gradients.
    case training
    /// Running statistics, no dropout, forward only.
    case evaluation
    /// Batch statistics, no dropout, forward only; `gradient` receives the statistics alone, as
    /// ``RunningStatistics/range`` says.
    case statistics
  }

  let mode: Mode
  /// Samples in this microbatch, at most the n of the plan.
  let count: Int
  /// The worker's arena.
  let arena: Floats
  /// Offset of each storage.
  let offsets: View<Int>
  /// Size of each storage at full n.
  let counts: View<Int>
  /// All parameters of the network.
  let weights: Floats
  /// The packed weights of all operations that want some.
  let packedWeights: Floats
  /// Gradient sums of the shard, laid out as the parameters but for factored ones; empty in evaluation.
  let gradient: Floats
  /// Where dense layers leave factors in place of gradients.
  let factors: ShardFactors?
  /// Whether gradients are added to what is there (not the shard's first microbatch) or overwrite it.
  let isAccumulating: Bool
  /// What the microbatch's statistics count for among those of a step: 1 for n samples, b ÷ n for b.
  let statisticsWeight: Double
  /// Keys dropout, with ``step`` and ``firstSample``.
  let dropout: Philox
  /// Optimizer step, from 0.
  let step: Int
  /// Position in the batch of the microbatch's first sample.
  let firstSample: Int

  /// The gradient of the parameters at `range`.
  func gradient(at range: Range<Int>) -> Floats {
    gradient[factors.map { $0.plan.gradientRange(range) } ?? range]
  }

  /// The whole storage.
  func floats(_ storage: Int) -> Floats {
    arena[offsets[storage]..<(offsets[storage] + counts[storage])]
  }

  /// A value, or its gradient, as samples × features.
  func matrix(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count, columns: shape.count)
  }

  /// A value, or its gradient, as pixels × channels.
  func pixels(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count * shape.pixels, columns: shape.channels)
  }

  /// The elements of a value or gradient that this microbatch uses.
  func elements(_ storage: Int, _ shape: FeatureShape) -> Floats {
    floats(storage).prefix(count * shape.count)
  }
}
