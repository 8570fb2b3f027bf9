import Calendars
import Statistics
import Gradients
import Datasets
import Kernels
import Models
import Optimizers
import Workers

/// The fork-joins of a step, with all the memory that they need: after the first step nothing is allocated.
///
/// 1. `computeGradients`: workers take shards and sum their samples' gradients.
/// 2. `update`: workers take chunks of the parameter vector: sum the chunk over the shards in tree order, divide by
///    the batch, update weights and optimizer state there and then.
///
/// LARS and clipping want norms of the averaged gradient before any weight changes: their update is two fork-joins, of
/// which the first leaves the average in memory.
final class GradientStep: Sendable {
  /// What the workers need to know of the current step; written by the coordinator between fork-joins.
  private struct Current: BitwiseCopyable {
    var epoch = 0
    var step = 0
    var first = 0
    var count = 1
    var learningRate = 0.0
    var globalNorm = 0.0

    var batch: BatchPosition { BatchPosition(epoch: epoch, step: step, first: first, count: count) }
  }

  /// The flat parameter vector.
  let weights: Buffer<Float>
  /// The optimizer's vectors, in the order of its state names.
  let state: [Buffer<Float>]
  /// The weights in the form that convolution kernels want.
  let packedWeights: Buffer<Float>
  /// Memory of one worker each.
  let workspaces: [Workspace]

  private let plan: RunPlan
  private let pool: WorkerPool
  private let gradients: StepGradients
  private var chunks: [StepGradients.Chunk] { gradients.chunks }
  private let averages: [Buffer<Float>]
  /// The averaged gradient, where norms are wanted.
  private let average: Buffer<Float>?
  private let current = Buffer<Current>(count: 1)
  private let shardLosses: Buffer<Double>
  private let shardCorrect: Buffer<Int>
  /// Sums of squares of each chunk: average gradient, weights (where norms are wanted), all shards' gradient sums.
  private let squares: Buffer<Double>
  /// Sums of squares of each tensor: gradient, weights.
  private let tensorSquares: Buffer<Double>

  /// - Throws: `AllocationError` where the system would not give what a trainer needs.
  init(_ plan: RunPlan, pool: WorkerPool) throws(AllocationError) {
    try MemoryEstimate(plan).requireAllocation()
    self.plan = plan
    self.pool = pool
    let count = plan.network.parameterCount
    weights = Buffer(count: count)
    packedWeights = Buffer(count: plan.network.packedCount)
    state = plan.update.stateNames.map { _ in Buffer(count: count) }
    workspaces = (0..<pool.threads).map { _ in Workspace(for: plan.network) }
    gradients = StepGradients(
      plan.network, plan.division, largestBatch: plan.calendar.largestBatch, workers: pool.threads)
    averages = (0..<pool.threads).map { _ in Buffer(count: StepGradients.chunkCount) }
    average = plan.update.needsNorms ? Buffer(count: count) : nil
    shardLosses = Buffer(count: plan.division.shards)
    shardCorrect = Buffer(count: plan.division.shards)
    squares = Buffer(count: 3 * gradients.chunks.count)
    tensorSquares = Buffer(count: 2 * plan.network.tensors.count)
  }

  /// First fork-join: the shards' gradient sums.
  ///
  /// - Returns: the sum of the losses of the batch's samples, and how many were classified right.
  func computeGradients(_ batch: BatchPosition) -> LossSum {
    var now = Current()
    (now.epoch, now.step, now.first, now.count) = (batch.epoch, batch.step, batch.first, batch.count)
    current.view[0] = now
    let active = plan.division.activeShards(count: batch.count)
    gradients.begin(active: active)
    packWeights()
    pool.run(active, gradient(worker:shard:))
    var sum = LossSum(loss: 0, correct: 0)
    for shard in 0..<active {
      sum.loss += shardLosses.view[shard]
      sum.correct += shardCorrect.view[shard]
    }
    return sum
  }

  /// A short fork-join before the first, for networks with convolutions: their kernels' form of the weights.
  func packWeights() {
    pool.run(plan.network.packingCount, pack(worker:index:))
  }

  /// Second fork-join: the batch average, and the new weights.
  func update(learningRate: Double) {
    current.view[0].learningRate = learningRate
    if plan.update.needsNorms {
      pool.run(chunks.count, norm(worker:index:))
      current.view[0].globalNorm = combineNorms()
    }
    pool.run(chunks.count, update(worker:index:))
  }

  // MARK: Work of one index

  private func pack(worker: Int, index: Int) {
    plan.network.pack(index, weights: weights.view, into: packedWeights.view)
  }

  private func gradient(worker: Int, shard: Int) {
    let batch = current.view[0].batch
    let samples = plan.division.samples(shard: shard, count: batch.count)
    let gradient = gradients.acquire(shard: shard, samples: samples)
    let sum = plan.network.shardGradient(
      plan.division.microbatches(shard: shard, count: batch.count), dealtBy: plan.division.dealing(count: batch.count),
      of: batch, from: plan.source, weights: weights.view, packedWeights: packedWeights.view,
      into: gradient.sums, factors: gradient.factors, workspace: workspaces[worker])
    shardLosses.view[shard] = sum.loss
    shardCorrect.view[shard] = sum.correct
    gradients.complete(shard: shard)
  }

  /// Averages a chunk and changes its weights, or its running statistics.
  private func update(worker: Int, index: Int) {
    let chunk = chunks[index]
    let tensor = plan.network.tensors[chunk.tensor]
    let now = current.view[0]
    let gradient = averages[worker].view.prefix(chunk.range.count)
    if let average {
      gradient.copy(from: average.view[chunk.range])
    } else {
      writeAverage(index, worker: worker, into: gradient)
    }
    let old = weights.view[chunk.range]
    guard tensor.isTrained else {
      // new = 0.9·old + 0.1·(mean over the step's microbatches, by samples) (Goyal et al. 2017, §3.1).
      UpdateRule.runningAverage(old, new: gradient, momentum: 0.9)
      return
    }
    plan.update.apply(
      to: old, gradient: gradient, state: chunkState(chunk.range), step: now.step, learningRate: now.learningRate,
      decays: tensor.decays, norms: norms(of: chunk.tensor), globalGradientNorm: now.globalNorm)
  }

  /// Averages a chunk into memory, and sums its squares.
  private func norm(worker: Int, index: Int) {
    guard let average else { return }
    let chunk = chunks[index]
    let gradient = average.view[chunk.range]
    writeAverage(index, worker: worker, into: gradient)
    squares.view[3 * index + 1] = Reduction.squaredNorm(weights.view[chunk.range])
  }

  /// The sum over shards ÷ B; of running statistics ÷ (B ÷ n), the sum of the microbatches' weights. Measures it on the
  /// way.
  private func writeAverage(_ index: Int, worker: Int, into result: Floats) {
    let chunk = chunks[index]
    let count = current.view[0].count
    let isTrained = plan.network.tensors[chunk.tensor].isTrained
    let divisor = isTrained ? Double(count) : Double(count) / Double(plan.division.microbatch)
    let measured = gradients.measuredAverage(
      chunk, count: count, dividedBy: Float(divisor), worker: worker, into: result)
    guard isTrained else { return }
    squares.view[3 * index] = measured.average
    squares.view[3 * index + 2] = measured.shards
  }

  private func chunkState(_ range: Range<Int>) -> OptimizerState {
    OptimizerState(
      first: state.count > 0 ? state[0].view[range] : nil, second: state.count > 1 ? state[1].view[range] : nil)
  }

  // MARK: Noise

  /// The squared norm of the last update's average gradient, and what its shards say about the noise: `nil` for a
  /// single shard. Weight decay is in neither. Sums go over chunks in order, so T does not show.
  func measurement() -> GradientMeasurement {
    measurement(ofTensors: plan.network.tensors.indices)
  }

  /// The same of some tensors.
  func measurement(ofTensors tensors: Range<Int>) -> GradientMeasurement {
    let count = current.view[0].count
    var average = 0.0
    var shards = 0.0
    for (index, chunk) in chunks.enumerated()
    where tensors.contains(chunk.tensor) && plan.network.tensors[chunk.tensor].isTrained {
      average += squares.view[3 * index]
      shards += squares.view[3 * index + 2]
    }
    let batch = Double(count)
    return GradientMeasurement(
      squaredNorm: average,
      noise: GradientNoise(
        squaredNormOfSum: average * batch * batch, sumOfSquaredNorms: shards, samples: count,
        squaredShardSamples: plan.division.squaredShardSamples(count: count), drawnFrom: plan.noisePopulation))
  }

  // MARK: Norms

  /// Adds the chunks' squares up, tensor by tensor, in order, and returns the norm of the whole gradient.
  private func combineNorms() -> Double {
    tensorSquares.view.fill(with: 0)
    for (index, chunk) in chunks.enumerated() {
      tensorSquares.view[2 * chunk.tensor] += squares.view[3 * index]
      tensorSquares.view[2 * chunk.tensor + 1] += squares.view[3 * index + 1]
    }
    var sum = 0.0
    for tensor in plan.network.tensors.indices where plan.network.tensors[tensor].isTrained {
      sum += tensorSquares.view[2 * tensor]
    }
    return sum.squareRoot()
  }

  private func norms(of tensor: Int) -> TensorNorms {
    TensorNorms(
      weightSquares: tensorSquares.view[2 * tensor + 1], directionSquares: tensorSquares.view[2 * tensor])
  }
}

/// What a step's gradient says beside its direction.
public struct GradientMeasurement: Sendable, Equatable {
  /// |ḡ|² of the batch's average gradient, without weight decay, before clipping.
  public var squaredNorm: Double
  /// `nil` for a single shard.
  public var noise: GradientNoise?
}
