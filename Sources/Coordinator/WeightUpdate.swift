import Gradients
import Kernels
import Models
import Optimizers
import Workers

/// The second half of a step: workers take chunks of the parameters, average the shards' gradients there and change the
/// weights and the optimizer's state. After the first step nothing is allocated.
///
/// LARS and clipping want norms of the averaged gradient before any weight changes: their update is two fork-joins, of
/// which the first leaves the average in memory.
final class WeightUpdate: Sendable {
  /// What the workers need to know of the current step; written by the coordinator between fork-joins.
  private struct Current: BitwiseCopyable {
    var step = 0
    var learningRate = 0.0
    var globalNorm = 0.0
  }

  /// The optimizer's vectors, in the order of its state names.
  let vectors: [Buffer<Float>]

  private let update: ParameterUpdate
  private let engine: GradientEngine
  private let pool: WorkerPool
  private let averages: [Buffer<Float>]
  /// The averaged gradient, where norms are wanted.
  private let average: Buffer<Float>?
  private let current = Buffer<Current>(count: 1)
  /// Σ w² of each chunk, where norms are wanted.
  private let weightSquares: Buffer<Double>
  /// Sums of squares of each tensor: gradient, weights.
  private let tensorSquares: Buffer<Double>

  init(_ update: ParameterUpdate, engine: GradientEngine, pool: WorkerPool) {
    self.update = update
    self.engine = engine
    self.pool = pool
    let count = engine.network.parameterCount
    vectors = update.stateNames.map { _ in Buffer(count: count) }
    averages = (0..<pool.threads).map { _ in Buffer(count: StepGradients.chunkCount) }
    average = update.needsNorms ? Buffer(count: count) : nil
    weightSquares = Buffer(count: update.needsNorms ? engine.chunks.count : 0)
    tensorSquares = Buffer(count: 2 * engine.network.tensors.count)
  }

  /// Bytes that the update takes: the optimizer's state and what norms want, and those of one worker.
  static func bytes(_ update: ParameterUpdate, _ network: Network) -> (shared: Int, ofWorker: Int) {
    let vectors = update.stateNames.count + (update.needsNorms ? 1 : 0)
    let floatBytes = MemoryLayout<Float>.stride
    return (vectors * network.parameterCount * floatBytes, StepGradients.chunkCount * floatBytes)
  }

  /// Applies the gradients of the batch that the engine has computed, in step number `step`, counted from 0.
  func run(step: Int, learningRate: Double) {
    current.view[0] = Current(step: step, learningRate: learningRate)
    if update.needsNorms {
      pool.run(engine.chunks.count, measure(worker:index:))
      current.view[0].globalNorm = combineNorms()
    }
    pool.run(engine.chunks.count + engine.statisticsPieces, change(worker:index:))
  }

  // MARK: Work of one index

  /// Averages a chunk and changes its weights, or lets a piece of the running statistics follow.
  private func change(worker: Int, index: Int) {
    guard index < engine.chunks.count else { return engine.followStatistics(index - engine.chunks.count) }
    let chunk = engine.chunks[index]
    let now = current.view[0]
    let gradient = averages[worker].view.prefix(chunk.range.count)
    if let average {
      gradient.copy(from: average.view[chunk.range])
    } else {
      engine.average(index, worker: worker, into: gradient)
    }
    update.apply(
      to: engine.state.parameters.view[chunk.range], gradient: gradient, state: state(chunk.range), step: now.step,
      learningRate: now.learningRate, decays: engine.network.tensors[chunk.tensor].decays,
      norms: norms(of: chunk.tensor), globalGradientNorm: now.globalNorm)
  }

  /// Averages a chunk into memory, and sums the squares of its weights.
  private func measure(worker: Int, index: Int) {
    guard let average else { return }
    let range = engine.chunks[index].range
    engine.average(index, worker: worker, into: average.view[range])
    weightSquares.view[index] = Reduction.squaredNorm(engine.state.parameters.view[range])
  }

  private func state(_ range: Range<Int>) -> OptimizerState {
    OptimizerState(
      first: vectors.count > 0 ? vectors[0].view[range] : nil, second: vectors.count > 1 ? vectors[1].view[range] : nil)
  }

  // MARK: Norms

  /// Adds the chunks' squares up, tensor by tensor, in order, and returns the norm of the whole gradient.
  private func combineNorms() -> Double {
    tensorSquares.view.fill(with: 0)
    for (index, chunk) in engine.chunks.enumerated() {
      tensorSquares.view[2 * chunk.tensor] += engine.squaredNorm(ofChunk: index)
      tensorSquares.view[2 * chunk.tensor + 1] += weightSquares.view[index]
    }
    var sum = 0.0
    for tensor in engine.network.tensors.indices { sum += tensorSquares.view[2 * tensor] }
    return sum.squareRoot()
  }

  private func norms(of tensor: Int) -> TensorNorms {
    TensorNorms(
      weightSquares: tensorSquares.view[2 * tensor + 1], gradientSquares: tensorSquares.view[2 * tensor])
  }
}
