import Dispatch

/// What a thread did between two moments, for a trace of a run.
package struct TraceSpan: Sendable, BitwiseCopyable {
  /// Nanoseconds of the system's steady clock, ``now``.
  package var start: UInt64
  package var end: UInt64
  /// The step in which it happened, from 1; 0 before the first.
  package var step: Int32
  /// Which shard, microbatch, operation, chunk …, as the kind counts them.
  package var index: Int32
  /// How many samples or pieces; 0 where that says nothing.
  package var count: Int32
  package var kind: Kind

  /// The time now, by the clock of all spans.
  package static var now: UInt64 { DispatchTime.now().uptimeNanoseconds }

  /// Nanoseconds from start to end.
  package var duration: UInt64 { end - start }
}

extension TraceSpan {
  /// What was done.
  package enum Kind: UInt8, Sendable, CaseIterable, BitwiseCopyable {
    // What covers a worker's time from the first moment of a trace to the last: work that a fork-join handed out, and
    // waiting.

    /// Packing the weights of one layer.
    case pack
    /// The gradient of a shard.
    case shard
    /// The loss of a shard, without a gradient.
    case shardLoss
    /// Summing a chunk of the nodes of this rank.
    case nodes
    /// Averaging a chunk of the gradient into memory, for norms.
    case measure
    /// Making a direction of a chunk of the gradient.
    case direction
    /// Changing a chunk of the weights, or a piece of the running statistics.
    case update
    /// Measuring a microbatch of an evaluation.
    case evaluation
    /// Taking the statistics of a microbatch for an evaluation.
    case statistics
    /// Other work of a fork-join.
    case other
    /// From a worker's last work in a fork-join to the join.
    case waitForOthers
    /// Between two fork-joins: the coordinator works alone, and then the worker is woken.
    case waitForWork

    // Within a worker's work.

    /// A microbatch, from its samples to its gradient.
    case microbatch
    /// Reading, decoding, augmenting and normalising the samples of a microbatch.
    case gather
    /// One operation of the network, forward.
    case forward
    /// The loss of a microbatch, and its gradient by the outputs.
    case loss
    /// One operation of the network, backward.
    case backward
    /// Getting a buffer for a shard's sums, which may have to wait for another worker.
    case acquire
    /// Adding the sums of sibling shards as soon as both are complete.
    case merge
    /// The sum of a chunk over shards, divided by the batch.
    case average
    /// The optimizer's rule on a chunk.
    case apply

    // What the coordinator does.

    /// A fork-join; `index` is the kind of its work.
    case forkJoin
    /// A step.
    case step
    /// Preparing the order of samples.
    case order
    /// An evaluation.
    case evaluate
    /// Writing a checkpoint.
    case save
    /// Telling the observers.
    case observers

    /// What a worker's time is spent on, at the coarsest.
    package enum Use: Sendable, CaseIterable {
      case samples, parameters, evaluation, other, waitingForOthers, waitingForWork
    }

    /// The use of the kinds that cover a worker's time; `nil` for those within them, and for the coordinator's.
    package var use: Use? {
      switch self {
      case .pack, .shard, .shardLoss: .samples
      case .nodes, .measure, .direction, .update: .parameters
      case .evaluation, .statistics: .evaluation
      case .other: .other
      case .waitForOthers: .waitingForOthers
      case .waitForWork: .waitingForWork
      default: nil
      }
    }
  }
}
