import Gradients
import Kernels
import Tracing
import Models
import Optimizers
import Workers

/// The second half of a step: workers take chunks of the parameters, average the shards' gradients there and change the
/// weights and the optimizer's state. After the first step nothing is allocated.
///
/// Frozen tensors take no part: they are not averaged, measured or changed, so that norms are those of the others.
///
/// Some rules want to know tensors before any weight changes, and their update has more than the one fork-join:
/// 1. norms of the averaged gradient (LARS, clipping), which is left in memory;
/// 2. norms of the direction that the rule makes of it (LAMB), which takes its place;
/// 3. the change of the weights.
final class WeightUpdate: Sendable {
  /// What the workers need to know of the current step; written by the coordinator between fork-joins.
  private struct Current: BitwiseCopyable {
    var step = 0
    var learningRate = 0.0
    var globalNorm = 0.0
  }

  /// Sums of squares over a chunk or a tensor.
  private struct Squares: BitwiseCopyable {
    /// Of the averaged gradient, or of the direction made of it.
    var direction = 0.0
    var weights = 0.0
  }

  /// The optimizer's vectors, in the order of its state names.
  let vectors: [Buffer<Float>]
  /// What follows the weights and running statistics, for evaluations to measure in their place; `nil` if nothing does.
  let followed: NetworkState?

  /// A chunk of the parameters, without what workers would count references of.
  private struct Piece: Sendable {
    let range: Range<Int>
    let tensor: Int
    let decays: Bool
    let terms: TensorTerms
  }

  private let update: ParameterUpdate
  private let engine: GradientEngine
  private let pieces: [Piece]
  /// The pieces that this process updates, in the order in which workers take them: all, or its slice of a run over several
  /// ranks.
  private let own: Buffer<Int>
  private let parameters: Floats
  private let pool: WorkerPool
  /// A worker's chunk of the averaged gradient, where it is not kept.
  private let averages: [Buffer<Float>]
  /// The averaged gradient, or the direction made of it, where norms are wanted.
  private let average: Buffer<Float>?
  private let current = Buffer<Current>(count: 1)
  /// Of each chunk and each tensor, where norms are wanted.
  private let chunkSquares: Buffer<Squares>
  private let tensorSquares: Buffer<Squares>

  /// - Parameter terms: of each of the network's tensors.
  init(_ update: ParameterUpdate, terms: [TensorTerms], engine: GradientEngine, pool: WorkerPool) {
    self.update = update
    self.engine = engine
    self.pool = pool
    let tensors = engine.network.tensors
    pieces = engine.chunks.map {
      Piece(
        range: $0.range, tensor: $0.tensor, decays: tensors[$0.tensor].decays || terms[$0.tensor].decaysAlways,
        terms: terms[$0.tensor])
    }
    own = Buffer(engine.visitedChunks)
    parameters = engine.state.parameters.view
    let count = engine.network.parameterCount
    vectors = update.stateNames.map { _ in Buffer(count: count) }
    followed = update.follower.map { _ in NetworkState(for: engine.network) }
    averages = (0..<pool.threads).map { _ in Buffer(count: StepGradients.chunkCount) }
    average = update.needsNorms ? Buffer(count: count) : nil
    chunkSquares = Buffer(count: update.needsNorms ? engine.chunks.count : 0)
    tensorSquares = Buffer(count: engine.network.tensors.count)
  }

  /// Bytes that the update takes: the optimizer's state, what follows the weights and what norms want, and those of one
  /// worker.
  static func bytes(_ update: ParameterUpdate, _ network: Network) -> (shared: Int, ofWorker: Int) {
    let vectors = update.stateNames.count + (update.needsNorms ? 1 : 0)
    let followed = update.follower == nil ? 0 : network.parameterCount + network.statisticsCount
    let floatBytes = MemoryLayout<Float>.stride
    return ((vectors * network.parameterCount + followed) * floatBytes, StepGradients.chunkCount * floatBytes)
  }

  /// Lets what follows the weights begin as they are.
  func restartFollowing() {
    guard let followed else { return }
    followed.parameters.view.copy(from: engine.state.parameters.view)
    followed.statistics.view.copy(from: engine.state.statistics.view)
  }

  /// Applies the gradients of the batch that the engine has computed, in step number `step`, counted from 0.
  func run(step: Int, learningRate: Double) {
    current.view[0] = Current(step: step, learningRate: learningRate)
    if update.needsGradientNorms {
      pool.run(own.view.count, as: .measure, measure(worker:index:))
      current.view[0].globalNorm = combineNorms()
    }
    if update.prepares {
      pool.run(own.view.count, as: .direction, prepare(worker:index:))
      combineNorms()
    }
    engine.beginSharing()
    pool.run(own.view.count + engine.statisticsPieces, as: .update) { [self] worker, index in
      guard index < own.view.count else { return engine.followStatistics(index - own.view.count) }
      change(own.view[index], worker: worker)
      engine.share(updatedChunk: own.view[index])
    }
    if let followed {
      update.follower?.follow(engine.state.statistics.view, with: followed.statistics.view, step: step)
    }
    engine.finishSharing()
    engine.shareMeasurement()
    engine.endInspection()
  }

  /// Gives every rank all of the optimizer's state, and of what follows the weights, of which each updates its own slice.
  func collectState() {
    for vector in vectors { engine.shareParameters(vector.view) }
    if let followed { engine.shareParameters(followed.parameters.view) }
  }

  // MARK: Work of one index

  /// Averages a chunk of its own into memory, and sums its squares and those of its weights.
  private func measure(worker: Int, index: Int) {
    let number = own.view[index]
    guard let average, pieces[number].terms.isTrained(at: current.view[0].step) else {
      return forgetSquares(ofChunk: number)
    }
    let range = pieces[number].range
    engine.average(number, worker: worker, into: average.view[range])
    chunkSquares.view[number] = Squares(
      direction: engine.squaredNorm(ofChunk: number),
      weights: Reduction.squaredNorm(parameters[range]))
  }

  /// Puts a chunk's direction in the place of its averaged gradient, and sums its squares and those of its weights.
  private func prepare(worker: Int, index: Int) {
    let number = own.view[index]
    let chunk = pieces[number]
    let now = current.view[0]
    guard let average, chunk.terms.isTrained(at: now.step) else { return forgetSquares(ofChunk: number) }
    let gradient = average.view[chunk.range]
    if !update.needsGradientNorms { engine.average(number, worker: worker, into: gradient) }
    let squares = update.prepare(
      weights: parameters[chunk.range], gradient: gradient, state: state(chunk.range), step: now.step,
      decays: chunk.decays, ownDecay: chunk.terms.weightDecay, globalGradientNorm: now.globalNorm)
    chunkSquares.view[number] = Squares(direction: squares.direction, weights: squares.weights)
  }

  /// Lets no norm count a chunk that is frozen: one of a tensor that was trained up to here has squares of before, which a
  /// resumed run would not have.
  private func forgetSquares(ofChunk number: Int) {
    if !chunkSquares.view.indices.isEmpty { chunkSquares.view[number] = Squares() }
  }

  /// Changes a chunk's weights, and lets what follows them follow.
  private func change(_ number: Int, worker: Int) {
    let chunk = pieces[number]
    if chunk.terms.isFrozen { return }
    let now = current.view[0]
    if chunk.terms.isTrained(at: now.step) { train(number, worker: worker) }
    if let followed {
      // Behind a tensor that is frozen on the way there may still be something to follow.
      update.follower?.follow(
        parameters[chunk.range], with: followed.parameters.view[chunk.range], step: now.step)
    }
  }

  private func train(_ number: Int, worker: Int) {
    let (chunk, now) = (pieces[number], current.view[0])
    let gradient = average?.view[chunk.range] ?? averages[worker].view.prefix(chunk.range.count)
    if average == nil { engine.average(number, worker: worker, into: gradient) }
    let spans = pool.spans.workers[worker]
    spans.describe(index: number, count: chunk.range.count)
    let start = spans.start()
    let weights = parameters[chunk.range]
    update.apply(
      to: weights, gradient: gradient, state: state(chunk.range), step: now.step,
      learningRate: now.learningRate * chunk.terms.rate, decays: chunk.decays, ownDecay: chunk.terms.weightDecay,
      norms: norms(of: chunk.tensor), globalGradientNorm: now.globalNorm)
    engine.inspect(weights, worker: worker)
    spans.end(.apply, index: number, count: chunk.range.count, since: start)
  }

  private func state(_ range: Range<Int>) -> OptimizerState {
    OptimizerState(
      first: vectors.count > 0 ? vectors[0].view[range] : nil, second: vectors.count > 1 ? vectors[1].view[range] : nil)
  }

  // MARK: Norms

  /// Adds the chunks' squares up, tensor by tensor, in order, over all ranks.
  ///
  /// - Returns: the norm over all tensors.
  @discardableResult
  private func combineNorms() -> Double {
    engine.shareChunks(chunkSquares.view)
    tensorSquares.view.fill(with: Squares())
    for (index, chunk) in pieces.enumerated() {
      tensorSquares.view[chunk.tensor].direction += chunkSquares.view[index].direction
      tensorSquares.view[chunk.tensor].weights += chunkSquares.view[index].weights
    }
    var sum = 0.0
    for tensor in tensorSquares.view.indices { sum += tensorSquares.view[tensor].direction }
    return sum.squareRoot()
  }

  private func norms(of tensor: Int) -> TensorNorms {
    let squares = tensorSquares.view[tensor]
    return TensorNorms(weightSquares: squares.weights, directionSquares: squares.direction)
  }
}
