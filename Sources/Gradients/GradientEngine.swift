import Calendars
import Kernels
import Models
import Statistics
import Tracing
import Workers

/// Computes the gradients of batches, for training and for every study: the shards of a batch in parallel, then their
/// sum in the fixed tree, piece by piece. All memory is there from the start; nothing is allocated after the first batch.
///
/// A step is two fork-joins:
/// 1. ``compute(_:)``: workers take shards and sum their samples' gradients.
/// 2. over ``chunks``: whoever wants the average of a chunk calls ``average(_:worker:into:)`` for it, from any worker.
///
/// Running statistics of batch norm travel beside the gradients: shards leave theirs in a matrix of their own, which
/// ``followStatistics(_:worker:)`` averages by samples. The bits depend on the config alone, never on T or on timing.
package final class GradientEngine: Sendable {
  package let network: Network
  /// Where gradients are computed: the parameters are read, the running statistics written.
  package let state: NetworkState
  package let source: TrainingSource
  /// The parameters in the form that convolution kernels want; ``pack()`` makes it.
  package let packedWeights: Buffer<Float>
  /// Memory of one worker each.
  package let workspaces: [Workspace]

  private let pool: WorkerPool
  let gradients: StepGradients
  /// Computes some shards twice, if the config asks for it.
  package let shardGuard: ShardGuard?
  /// Looks at every microbatch of a batch, where somebody has armed it.
  package let trap = NonFiniteTrap()
  private let losses: Buffer<Double>
  private let correct: Buffer<Int>
  /// [k, statisticsCount], and the same as rows for the tree.
  private let statistics: Buffer<Float>
  private let statisticsRows: Shards?
  private let statisticsAverage: Buffer<Float>
  /// The batch of the moment; written by the coordinator between fork-joins.
  let current: Buffer<ShardedBatch>
  /// Σ of squares of each chunk: of the average gradient, and over all shards' gradient sums.
  private let squares: Buffer<GradientSquares>
  /// The sums over several ranks; `nil` in a run of one process, where nobody is asked.
  let ranked: RankedSums?
  /// k, the most shards of a batch.
  let mostShards: Int
  /// What each shard's passes have met of zeros, [layers, k].
  let densities: Buffer<LayerDensity>
  /// Whether a worker has left a weight that is not finite, of each.
  let overflows: Buffer<Bool>
  /// Whether all weights are finite.
  let finite = Buffer<Bool>(count: 1)

  /// An engine for batches of at most `shards` shards with at most `samples` samples each.
  ///
  /// - Parameters:
  ///   - roundsSums: whether what ranks have summed travels as bfloat16.
  ///   - guarding: the share of shards that are computed twice, and the key of which; left out, none.
  package init(
    _ network: Network, state: NetworkState, source: TrainingSource, shards: Int, samples: Int, pool: WorkerPool,
    collective: any Collective = LocalCollective(), roundsSums: Bool = false,
    guarding: (share: Double, seed: UInt64)? = nil
  ) {
    self.network = network
    self.state = state
    self.source = source
    self.pool = pool
    packedWeights = Buffer(count: network.packedCount)
    workspaces = pool.spans.workers.map { Workspace(for: network, spans: $0) }
    mostShards = shards
    densities = Buffer(count: shards * network.zeroLayers.count)
    overflows = Buffer(count: pool.threads)
    finite.view[0] = true
    let isRanked = collective.ranks > 1
    let held = RankedSums.mostShards(of: shards, ranks: collective.ranks)
    let factors = RankedFactors(
      network, shards: shards, samples: samples, ranks: collective.ranks, roundsSums: roundsSums)
    gradients = StepGradients(
      network, shards: held, samples: samples, workers: pool.threads,
      sums: isRanked ? RankedSums.mostOwnNodes(shards: shards, ranks: collective.ranks) : 1,
      factorShards: factors.tensors.isEmpty ? nil : shards)
    losses = Buffer(count: shards)
    correct = Buffer(count: shards)
    let count = network.statisticsCount
    let statistics = Buffer<Float>(count: shards * count)
    self.statistics = statistics
    ranked =
      isRanked
      ? RankedSums(
        collective.inBackground(overlaps: false), shards: shards, count: network.parameterCount, gradients: gradients,
        values: .init(losses: losses.view, correct: correct.view, statistics: statistics.view),
        parameters: state.parameters.view, factors: factors, isRounded: roundsSums) : nil
    statisticsRows = count > 0 ? Shards(rowsOf: Matrix(statistics.view, rows: shards, columns: count)) : nil
    statisticsAverage = Buffer(count: count)
    current = Buffer(count: 1)
    chunks = gradients.chunks
    squares = Buffer(count: gradients.chunks.count)
    shardGuard = guarding.map { [gradients] in
      ShardGuard(
        share: $0.share, seed: $0.seed, shards: shards, workers: pool.threads, sums: gradients.counts.sums,
        factors: gradients.counts.factors, statistics: count)
    }
    placeMemory(pool, shards: held)
  }

  /// Bytes that the gradients of such an engine take, without those of the workers.
  package static func gradientBytes(
    _ network: Network, shards: Int, samples: Int, workers: Int, ranks: Int = 1, roundsSums: Bool = false,
    guardShare: Double? = nil
  ) -> Int {
    let held = RankedSums.mostShards(of: shards, ranks: ranks)
    let nodes =
      ranks > 1
      ? RankedSums.bytes(shards: shards, count: network.parameterCount, ranks: ranks, isRounded: roundsSums) : 0
    // What is factored takes less than the whole gradient.
    let floats = Int.saturatingSum(network.parameterCount, network.statisticsCount)
    // One process has no use for the choice, which looks at every chunk: a model may be too large for that, as is said here.
    let areFactorsSent =
      ranks > 1 && network.parameterCount < 1 << 36
      && !RankedFactors(network, shards: shards, samples: samples, ranks: ranks, roundsSums: roundsSums).tensors.isEmpty
    let gradients = StepGradients.bytes(
      network, shards: held, samples: samples, workers: workers,
      sums: ranks > 1 ? RankedSums.mostOwnNodes(shards: shards, ranks: ranks) : 1,
      factorShards: areFactorsSent ? shards : nil)
    return Int.saturatingSum(
      nodes, gradients,
      Int.saturatingProduct(shards + 1, network.statisticsCount, MemoryLayout<Float>.stride),
      guardShare.map { ShardGuard.bytes(share: $0, shards: shards, workers: workers, floats: floats) } ?? 0)
  }

  // MARK: Over samples

  /// The forms of the parameters that kernels want: a short fork-join. For a step of many samples that includes the
  /// transposed weights of dense layers, which make their input gradients faster.
  package func pack(samples: Int = 0) {
    let transposes = !network.zeroLayers.isEmpty && weightsAreFinite && samples >= ZeroSkipping.transposeSamples
    for workspace in workspaces { workspace.zeros.begin(isAllowed: weightsAreFinite, hasTransposed: transposes) }
    pool.run(network.packingCount(transposing: transposes), as: .pack, pack(worker:index:))
  }

  /// First fork-join: the shards' gradient sums of a batch.
  ///
  /// - Returns: the sum of its samples' losses, and how many were classified right.
  @discardableResult
  package func compute(_ batch: ShardedBatch) -> LossSum {
    current.view[0] = batch
    trap.reset()
    let shards = owned(batch)
    gradients.begin(active: max(1, shards.count), sums: ranked?.nodes(batch))
    ranked?.begin(batch)
    pack(samples: shards.reduce(0) { $0 + batch.samples(ofShard: $1).count })
    let again = shardGuard?.begin(step: batch.position.step, shards: shards, workers: pool.activeWorkers) ?? 0
    pool.run(shards.count + again, as: .shard, gradient(worker:index:))
    ranked?.combine(batch, pool: pool)
    let sum = lossSum(batch)
    // There will be no update, and perhaps nothing else that would wait for what is on its way.
    if !sum.loss.isFinite { ranked?.finish() }
    return sum
  }

  /// The shards of the batch that this process computes.
  private func owned(_ batch: ShardedBatch) -> Range<Int> { ranked?.owned(batch) ?? 0..<batch.shards }

  /// The sum of the losses of a batch's samples, as in training, without a gradient.
  package func loss(_ batch: ShardedBatch) -> LossSum {
    current.view[0] = batch
    pack()
    pool.run(owned(batch).count, as: .shardLoss, loss(worker:index:))
    ranked?.shareShards(losses.view, batch)
    ranked?.shareShards(correct.view, batch)
    return lossSum(batch)
  }

  /// In the order of shards, so that T does not show.
  private func lossSum(_ batch: ShardedBatch) -> LossSum {
    var sum = LossSum(loss: 0, correct: 0)
    for shard in 0..<batch.shards {
      sum.loss += losses.view[shard]
      sum.correct += correct.view[shard]
    }
    return sum
  }

  /// The same of other parameters than those that are trained, for an evaluation; the next batch packs its own.
  package func pack(_ other: NetworkState) {
    for workspace in workspaces { workspace.zeros.begin() }
    pool.run(network.packingCount(transposing: false), as: .pack) { [self] _, index in
      network.pack(index, weights: other.parameters.view, into: packedWeights.view)
    }
  }

  private func pack(worker: Int, index: Int) {
    network.pack(index, weights: state.parameters.view, into: packedWeights.view)
  }

  private func gradient(worker: Int, index: Int) {
    let batch = current.view[0]
    let shards = owned(batch)
    guard index < shards.count else { return computeAgain(index - shards.count, of: batch, worker: worker) }
    let shard = shards.lowerBound + index
    let samples = batch.samples(ofShard: shard)
    let spans = workspaces[worker].spans
    spans.describe(index: shard, count: samples.count)
    let start = spans.start()
    let own = gradients.acquire(shard: index, number: shard, samples: samples)
    if gradients.merges { spans.end(.acquire, index: shard, since: start) }
    let guardian = shardGuard.flatMap { $0.isActive ? $0 : nil }
    guardian?.take(shard: shard, worker: worker, own.factors)
    let sums = ShardSums(gradient: own.sums, statistics: statistics(ofShard: shard), factors: own.factors)
    workspaces[worker].zeros.restart()
    let sum = gradient(ofShard: shard, of: batch, into: sums, worker: worker)
    noteDensities(shard: shard, worker: worker)
    losses.view[shard] = sum.loss
    correct.view[shard] = sum.correct
    guardian?.note(shard: shard, own.sums) { fingerprint(sums, sum) }
    let end = spans.start()
    gradients.complete(shard: index)
    ranked?.complete(turn: index)
    if gradients.merges { spans.end(.merge, index: shard, since: end) }
  }

  /// The gradient sum of a shard, wherever it is wanted.
  func gradient(ofShard shard: Int, of batch: ShardedBatch, into sums: ShardSums, worker: Int) -> LossSum {
    network.shardGradient(
      batch.microbatches(ofShard: shard), of: batch, from: source, weights: state.parameters.view,
      packedWeights: packedWeights.view, into: sums, workspace: workspaces[worker],
      observer: trap.isArmed ? trap : nil)
  }

  private func loss(worker: Int, index: Int) {
    let batch = current.view[0]
    let shard = owned(batch).lowerBound + index
    workspaces[worker].spans.describe(index: shard, count: batch.samples(ofShard: shard).count)
    let sum = network.shardLoss(
      batch.microbatches(ofShard: shard), of: batch, from: source, weights: state.parameters.view,
      packedWeights: packedWeights.view, workspace: workspaces[worker])
    losses.view[shard] = sum.loss
    correct.view[shard] = sum.correct
  }

  private func statistics(ofShard shard: Int) -> Floats {
    let count = network.statisticsCount
    return statistics.view[shard * count..<(shard + 1) * count]
  }

  // MARK: Over parameters

  /// A fork-join of the engine's workers.
  func run(_ count: Int, as kind: TraceSpan.Kind, _ work: @escaping WorkerPool.Work) { pool.run(count, as: kind, work) }

  /// Pieces of the tensors, which cover the parameters: the unit of work of the second fork-join.
  package let chunks: [StepGradients.Chunk]

  /// Whether other processes compute parts of every batch.
  package var isRanked: Bool { ranked != nil }

  /// The chunks that this process averages and updates: all, or its slice of a run over several ranks.
  package var ownChunks: Range<Int> { ranked.map { $0.slices.chunks[$0.collective.rank] } ?? chunks.indices }

  /// ``ownChunks`` in the order in which workers should take them: of a factored layer, those that read the same part of
  /// its inputs follow one another, so that it stays in the cache for all of them.
  package var visitedChunks: [Int] {
    // Between ranks, chunks travel in their own order.
    if isRanked { return Array(ownChunks) }
    return ownChunks.sorted { first, second in
      let (a, b) = (chunks[first], chunks[second])
      return (a.tensor, a.block, first) < (b.tensor, b.block, second)
    }
  }

  /// Gives every rank what each has written of its own chunks: a value of every chunk.
  package func shareChunks<Element>(_ values: View<Element>) { ranked?.shareChunks(values) }

  /// Gives every rank each one's slice of a vector that is laid out as the parameters.
  package func shareParameters(_ values: Floats) { ranked?.shareParameters(values) }

  /// Gives every rank what ``average(_:worker:into:)`` measured of all chunks, for ``measurement(ofTensors:drawnFrom:)``.
  package func shareMeasurement() {
    guard let ranked else { return }
    ranked.shareChunks(squares.view)
    let batch = current.view[0]
    for chunk in chunks.indices {
      if let shards = ranked.shardSquares(ofChunk: chunk, of: batch) { squares.view[chunk].shards = shards }
    }
  }

  /// Begins to give every rank the parameters that each updates, piece by piece, as soon as ``share(updatedChunk:)`` has named
  /// a piece's chunks.
  package func beginSharing() { ranked?.beginGathering() }

  /// Says that the parameters of a chunk of ``ownChunks`` are updated; from any worker.
  package func share(updatedChunk chunk: Int) { ranked?.gather(chunk) }

  /// Returns when all parameters are those of their owners.
  package func finishSharing() { ranked?.finish() }

  /// Writes the batch's average gradient of a chunk of ``ownChunks``: the sum over shards in tree order ÷ B; measures it on
  /// the way.
  package func average(_ chunk: Int, worker: Int, into result: Floats) {
    let batch = current.view[0]
    let divisor = Float(batch.count)
    let start = workspaces[worker].spans.start()
    squares.view[chunk] =
      ranked?.average(chunk, of: batch, dividedBy: divisor, worker: worker, into: result)
      ?? gradients.measuredAverage(chunk, of: batch, dividedBy: divisor, worker: worker, into: result)
    workspaces[worker].spans.end(.average, index: chunk, count: result.count, since: start)
  }

  /// Σ of the squares of a chunk's average gradient, once it is there.
  package func squaredNorm(ofChunk chunk: Int) -> Double { squares.view[chunk].average }

  /// Pieces of the running statistics, more work of the second fork-join.
  package var statisticsPieces: Int {
    (network.statisticsCount + StepGradients.chunkCount - 1) / StepGradients.chunkCount
  }

  /// Lets a piece of the running statistics follow the batch: its microbatches' statistics are averaged by samples.
  package func followStatistics(_ piece: Int) {
    guard let statisticsRows else { return }
    let batch = current.view[0]
    let first = piece * StepGradients.chunkCount
    let range = first..<min(first + StepGradients.chunkCount, network.statisticsCount)
    let average = statisticsAverage.view[range]
    // The sum of the microbatches' weights b ÷ n.
    let divisor = Double(batch.count) / Double(batch.dealing.size)
    Reduction.treeSum(
      statisticsRows, first: batch.shards, range: range, dividedBy: Float(divisor), into: average)
    // new = 0.9·old + 0.1·batch (Goyal et al. 2017, §3.1), or with a layer's own momentum.
    for layer in network.statistics {
      let own = range.clamped(to: layer.means.lowerBound..<layer.variances.upperBound)
      guard !own.isEmpty else { continue }
      UpdateRule.runningAverage(
        state.statistics.view[own], new: average[own.lowerBound - first..<own.upperBound - first],
        momentum: Float(1 - layer.momentum))
    }
  }

  // MARK: What the gradient says beside its direction

  /// The squared norm of the last batch's average gradient over some tensors, and what its shards say about the noise:
  /// `nil` for a single shard. Weight decay is in neither. Sums go over chunks in order, so T does not show.
  ///
  /// - Parameters:
  ///   - tensors: by number; left out, all.
  ///   - population: N, if the batch was drawn without replacement from N samples; see ``GradientNoise``.
  package func measurement(ofTensors tensors: Range<Int>? = nil, drawnFrom population: Int?) -> GradientMeasurement {
    let batch = current.view[0]
    var average = 0.0
    var shards = 0.0
    for (index, chunk) in chunks.enumerated() where tensors?.contains(chunk.tensor) ?? true {
      average += squares.view[index].average
      shards += squares.view[index].shards
    }
    let count = Double(batch.count)
    return GradientMeasurement(
      squaredNorm: average,
      noise: GradientNoise(
        squaredNormOfSum: average * count * count, sumOfSquaredNorms: shards, samples: batch.count,
        squaredShardSamples: batch.squaredShardSamples, drawnFrom: population))
  }
}

/// What a step's gradient says beside its direction.
public struct GradientMeasurement: Sendable, Equatable {
  /// |ḡ|² of the batch's average gradient, without weight decay, before clipping.
  public var squaredNorm: Double
  /// `nil` for a single shard.
  public var noise: GradientNoise?
}
