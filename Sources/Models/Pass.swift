import Kernels

/// Everything that an operation needs for one microbatch.
public struct Pass {
  /// What the pass is for.
  public enum Mode: Sendable {
    /// Batch statistics; dropout where there is a key for it; a backward pass may follow.
    case training
    /// Running statistics, no dropout, forward only.
    case evaluation
  }

  public let mode: Mode
  /// Samples in this microbatch, at most the n of the plan.
  public let count: Int
  /// The worker's arena.
  package let arena: Floats
  /// Offset of each storage.
  package let offsets: View<Int>
  /// Size of each storage at full n.
  package let counts: View<Int>
  /// All parameters of the network.
  public let weights: Floats
  /// The packed weights of all operations that want some.
  public let packedWeights: Floats
  /// The running averages of batch norm; empty but in evaluation.
  package let runningStatistics: Floats
  /// Gradient sums of the shard, laid out as the parameters but for factored ones; empty in evaluation.
  package let gradient: Floats
  /// Sums of the microbatches' batch-norm statistics, laid out as ``NetworkState/statistics``; empty in evaluation.
  package let statistics: Floats
  /// Where dense layers leave factors in place of gradients.
  package let factors: ShardFactors?
  /// Which zeros may be skipped.
  package let zeros: ZeroTally
  /// Whether gradients are added to what is there (not the shard's first microbatch) or overwrite it.
  public let isAccumulating: Bool
  /// What the microbatch's statistics count for among those of a step: 1 for n samples, b ÷ n for b.
  package let statisticsWeight: Double
  /// Random numbers of this training run, keyed by ``step``, ``firstSample`` + a sample's row, and whatever tells the
  /// layers apart; `nil` where nothing is random.
  public let dropout: Philox?
  /// The second labels of samples that are mixtures of two; `nil` where they are not.
  package let mixed: MixedLabels?
  /// Optimizer step, from 0.
  public let step: Int
  /// Position in the batch of the microbatch's first sample.
  public let firstSample: Int

  /// The gradient of the parameters at `range`.
  public func gradient(at range: Range<Int>) -> Floats {
    gradient[factors.map { $0.plan.gradientRange(range) } ?? range]
  }

  /// The whole storage, as large as it was asked for.
  public func floats(_ storage: Int) -> Floats {
    arena[offsets[storage]..<(offsets[storage] + counts[storage])]
  }

  /// A value, or its gradient, as samples × features.
  public func matrix(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count, columns: shape.count)
  }

  /// A value, or its gradient, as pixels × channels.
  public func pixels(_ storage: Int, _ shape: FeatureShape) -> Matrix {
    Matrix(floats(storage), rows: count * shape.pixels, columns: shape.channels)
  }

  /// The elements of a value or gradient that this microbatch uses.
  public func elements(_ storage: Int, _ shape: FeatureShape) -> Floats {
    floats(storage).prefix(count * shape.count)
  }
}
