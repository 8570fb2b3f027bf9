import Calendars
import Gradients
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import Workers

/// The exact mean loss and gradient over the whole training set, at any weights.
///
/// The set is divided into fixed shards, summed by the fixed tree, so T does not show. Weight decay can be added as the
/// potential ½λ|w|² of the tensors that decay. Dropout drops nothing, so that this is one function of the weights; with
/// batch norm it is that of the microbatches in file order.
final class TrainingSetGradient: Sendable {
  /// Shards of a pass, and the most workers that can help.
  private static let shards = 16
  /// Floats that one worker averages at once.
  private static let chunkCount = 8192

  /// The same parameters as the run's network; compiled for larger microbatches where they change nothing.
  let network: Network
  private let source: TrainingSource
  private let division: BatchDivision
  private let count: Int
  /// Samples of the training set.
  var samples: Int { count }
  private let pool: WorkerPool
  private let weightDecay: Double
  private let gradients: ShardGradients
  private let workspaces: [Workspace]
  private let packedWeights: Buffer<Float>
  private let losses = Buffer<Double>(count: TrainingSetGradient.shards)
  /// Where the tensors that decay lie.
  private let decaying: [Range<Int>]

  /// The gradient over a plan's training set.
  ///
  /// - Parameters:
  ///   - weightDecay: λ of the potential; 0 leaves the loss alone.
  ///   - keepsDropout: whether ``sum(over:of:from:at:into:workspace:)`` draws masks as training does.
  init(_ plan: RunPlan, weightDecay: Double, keepsDropout: Bool = false, pool: WorkerPool) throws {
    let configuration = plan.configuration
    count = plan.splits.train.count
    let microbatch = Self.microbatch(plan)
    network = try Network(
      keepsDropout ? configuration.model : configuration.model.withoutDropout, loss: configuration.loss,
      input: FeatureShape(plan.splits.train.shape), outputs: plan.splits.outputs, microbatch: microbatch,
      convolution: configuration.convolution)
    let order = TrainingOrder(
      count: count, batch: count, order: .sequential, lastBatch: .drop, seed: configuration.seed)
    source = TrainingSource(
      order: order, gatherer: SampleGatherer(plan.splits.train),
      seed: configuration.seed)
    let microbatches = (count + microbatch - 1) / microbatch
    division = try BatchDivision(
      batch: count, shards: min(Self.shards, microbatches), microbatch: microbatch,
      isConvolutional: configuration.model.isConvolutional, dealsEvenly: network.hasBatchNorm)
    self.pool = pool
    self.weightDecay = weightDecay
    gradients = ShardGradients(shards: division.shards, count: network.parameterCount, workers: pool.threads)
    workspaces = (0..<pool.threads).map { [network] _ in Workspace(for: network) }
    packedWeights = Buffer(count: network.packedCount)
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
    let position = source.order.position(ofStep: 0)
    pack(weights)
    gradients.begin(active: division.shards)
    pool.run(division.shards) { [self] worker, shard in
      let sum = network.shardGradient(
        division.microbatches(shard: shard, count: count), dealtBy: division.dealing(count: count), of: position,
        from: source, weights: weights, packedWeights: packedWeights.view, into: gradients.acquire(shard: shard),
        workspace: workspaces[worker])
      losses.view[shard] = sum.loss
      gradients.complete(shard: shard)
    }
    let chunks = (network.parameterCount + Self.chunkCount - 1) / Self.chunkCount
    pool.run(chunks) { [self] _, chunk in
      let range = chunk * Self.chunkCount..<min((chunk + 1) * Self.chunkCount, network.parameterCount)
      gradients.average(range, active: division.shards, dividedBy: Float(count), into: gradient[range])
    }
    clearStatistics(gradient)
    var loss = 0.0
    for shard in 0..<division.shards { loss += losses.view[shard] }
    return loss / Double(count) + addDecay(weights, to: gradient)
  }

  /// The sum of gradients of some samples, in file order; without weight decay. For one worker at a time and index.
  ///
  /// - Returns: the sum of their losses.
  @discardableResult
  func sum(
    over samples: Range<Int>, at weights: Floats, into gradient: Floats, workspace: Workspace
  ) -> Double {
    sum(
      over: samples, of: source.order.position(ofStep: 0), from: source, at: weights, into: gradient,
      workspace: workspace)
  }

  /// The same for samples of a batch in another order.
  @discardableResult
  func sum(
    over samples: Range<Int>, of batch: BatchPosition, from source: TrainingSource, at weights: Floats,
    into gradient: Floats, workspace: Workspace
  ) -> Double {
    let sum = network.shardGradient(
      samples, of: batch, from: source, weights: weights, packedWeights: packedWeights.view, into: gradient,
      workspace: workspace)
    clearStatistics(gradient)
    return sum.loss
  }

  /// What ``sum(over:at:into:workspace:)`` wants before it is called for other weights.
  func pack(_ weights: Floats) {
    pool.run(network.packingCount) { [self] _, index in
      network.pack(index, weights: weights, into: packedWeights.view)
    }
  }

  /// Running statistics lie in the same vector, and are no gradient.
  private func clearStatistics(_ gradient: Floats) {
    for tensor in network.tensors where !tensor.isTrained { gradient[tensor.range].fill(with: 0) }
  }

  /// Adds λw to a gradient and returns ½λ|w|².
  private func addDecay(_ weights: Floats, to gradient: Floats) -> Double {
    guard weightDecay != 0 else { return 0 }
    var squares = 0.0
    for range in decaying {
      squares += Reduction.squaredNorm(weights[range])
      for index in range { gradient[index] += Float(weightDecay) * weights[index] }
    }
    return 0.5 * weightDecay * squares
  }
}
