import Kernels

/// One layer's work on a microbatch, compiled from the config: which storages it reads and writes, and how.
///
/// Operations are immutable; whatever changes is in the ``Pass``. An operation reads and writes the storages that its
/// `forwardUses` and `backwardUses` name, no others: the arena plan relies on it.
package protocol Operation: Sendable {
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
  package var forwardFLOPs: Int { 0 }
  package var backwardFLOPs: Int { 0 }
  package var parameters: [Range<Int>] { [] }
  package var algorithms: String? { nil }
  package var packedCount: Int { 0 }
  package func pack(weights: Floats, into packedWeights: Floats) {}
}

/// A value between two operations.
package struct Value {
  package var shape: FeatureShape
  /// The image that a flatten made this vector of: memory keeps its NHWC order, files have the channel-major one.
  /// `nil` where both orders are the same.
  package var flattened: FeatureShape?
  /// Storage of the value.
  package var storage: Int
  /// Storage of its gradient; `nil` before the first operation with parameters, where no one wants it.
  package var gradient: Int?
  /// Whether the next operation may overwrite the value: nobody else reads it, its producer's backward included.
  package var mayOverwrite: Bool
}

/// Everything that an operation needs for one microbatch.
package struct Pass {
  /// What the pass is for.
  package enum Mode: Sendable {
    /// Batch statistics; dropout where there is a key for it; a backward pass may follow.
    case training
    /// Running statistics, no dropout, forward only.
    case evaluation
  }

  package let mode: Mode
  /// Samples in this microbatch, at most the n of the plan.
  package let count: Int
  /// The worker's arena.
  package let arena: Floats
  /// Offset of each storage.
  package let offsets: View<Int>
  /// Size of each storage at full n.
  package let counts: View<Int>
  /// All parameters of the network.
  package let weights: Floats
  /// The packed weights of all operations that want some.
  package let packedWeights: Floats
  /// The running averages of batch norm; empty but in evaluation.
  package let runningStatistics: Floats
  /// Gradient sums of the shard, laid out as the parameters but for factored ones; empty in evaluation.
  package let gradient: Floats
  /// Sums of the microbatches' batch-norm statistics, laid out as ``NetworkState/statistics``; empty in evaluation.
  package let statistics: Floats
  /// Where dense layers leave factors in place of gradients.
  package let factors: ShardFactors?
  /// Whether gradients are added to what is there (not the shard's first microbatch) or overwrite it.
  package let isAccumulating: Bool
  /// What the microbatch's statistics count for among those of a step: 1 for n samples, b ÷ n for b.
  package let statisticsWeight: Double
  /// Keys dropout, with ``step`` and ``firstSample``; `nil` drops nothing.
  package let dropout: Philox?
  /// Optimizer step, from 0.
  package let step: Int
  /// Position in the batch of the microbatch's first sample.
  package let firstSample: Int

  /// The gradient of the parameters at `range`.
  package func gradient(at range: Range<Int>) -> Floats {
    gradient[factors.map { $0.plan.gradientRange(range) } ?? range]
  }

  /// The whole storage.
  package func floats(_ storage: Int) -> Floats {
    arena[offsets[storage]..<(offsets[storage] + counts[storage])]
  }

  /// A value, or its gradient, as samples × features.
  package func matrix(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count, columns: shape.count)
  }

  /// A value, or its gradient, as pixels × channels.
  package func pixels(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count * shape.pixels, columns: shape.channels)
  }

  /// The elements of a value or gradient that this microbatch uses.
  package func elements(_ storage: Int, _ shape: FeatureShape) -> Floats {
    floats(storage).prefix(count * shape.count)
  }
}
