import Calendars
import Configuration
import Coordinator
import Datasets
import Gradients
import Kernels
import Models
import Workers

/// The exact mean loss and gradient over the whole training set, at any weights.
///
/// The set is one batch of the engine in file order. Weight decay can be added as the potential ½λ|w|² of the tensors
/// that decay. Dropout drops nothing, so that this is one function of the weights; with batch norm it is that of the
/// microbatches in file order.
final class TrainingSetGradient: Sendable {
  /// Shards of a pass, and the most workers that can help.
  private static let shards = 16

  let engine: GradientEngine
  /// The same parameters as the run's network; compiled for larger microbatches where they change nothing.
  var network: Network { engine.network }
  /// Samples of the training set.
  let samples: Int
  /// The whole set.
  private let batch: ShardedBatch
  private let weightDecay: Double
  /// Where the tensors that decay lie.
  private let decaying: [Range<Int>]

  /// The gradient over a plan's training set.
  ///
  /// - Parameter weightDecay: λ of the potential; 0 leaves the loss alone.
  init(_ plan: RunPlan, weightDecay: Double, pool: WorkerPool) throws {
    samples = plan.splits.train.count
    let network = try plan.network(microbatch: Self.microbatch(plan))
    let order = TrainingOrder(
      count: samples, batch: samples, order: .sequential, lastBatch: .drop, seed: plan.configuration.seed)
    let source = TrainingSource(
      order: order, gatherer: SampleGatherer(plan.splits.train), seed: plan.configuration.seed, drops: false)
    batch = ShardedBatch(
      order.position(ofStep: 0),
      dealing: MicrobatchDealing(0..<samples, size: network.microbatch, isEven: network.hasBatchNorm),
      shards: Self.shards)
    engine = GradientEngine(
      network, source: source, shards: batch.shards, samples: batch.largestShard, pool: pool)
    self.weightDecay = weightDecay
    decaying = network.tensors.filter(\.decays).map(\.range)
  }

  /// Dense networks take 128 samples at once, whatever the run does: sums differ in their last bits only. Batch norm's
  /// statistics depend on the microbatch, so that it stays the run's.
  private static func microbatch(_ plan: RunPlan) -> Int {
    guard !plan.network.hasBatchNorm, !plan.configuration.model.isConvolutional else { return plan.network.microbatch }
    return min(128, plan.splits.train.count)
  }

  /// Passes over the training set that cost no more operations than this are called affordable.
  static func isAffordable(_ plan: RunPlan) -> Bool {
    Double(plan.splits.train.count) * Double(plan.network.trainingFLOPs) <= 2e13
  }

  /// Mean loss over the training set, plus ½λ|w|².
  ///
  /// - Parameters:
  ///   - weights: `network.parameterCount` floats.
  ///   - gradient: receives the mean gradient, plus λw where λ is not 0.
  func loss(at weights: Floats, gradient: Floats) -> Double {
    let loss = engine.average(batch, at: weights, into: gradient)
    for range in decaying where weightDecay != 0 {
      for index in range { gradient[index] += Float(weightDecay) * weights[index] }
    }
    return loss + decay(weights)
  }

  /// The same without the gradient.
  func loss(at weights: Floats) -> Double { engine.meanLoss(batch, at: weights) + decay(weights) }

  /// ½λ|w|².
  private func decay(_ weights: Floats) -> Double {
    guard weightDecay != 0 else { return 0 }
    return 0.5 * weightDecay * decaying.reduce(0.0) { $0 + Reduction.squaredNorm(weights[$1]) }
  }

  /// The sum of gradients of some samples, in file order, at the weights of the engine's ``GradientEngine/prepare(at:)``;
  /// without weight decay. For one worker at a time and workspace.
  func sum(over samples: Range<Int>, into gradient: Floats, workspace: Workspace) {
    engine.sum(over: samples, of: batch.position, into: gradient, workspace: workspace)
  }
}
