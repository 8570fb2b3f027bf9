import Gradients
import Configuration
import Datasets
import Kernels
import Tracing
import Models
import Workers

/// Batch norm's statistics taken anew over training samples, with the weights of the moment, for an evaluation.
///
/// The running averages of training lag behind weights that change fast: after few steps, or with a high learning rate,
/// they describe a network that is no more. Here whole microbatches of n training samples go forward, each normalised
/// by its own statistics as in training, but without augmentation and dropout, as test samples are seen. A channel's
/// mean is that over all of them, its variance the unbiased one over all values: with M microbatches of m values,
/// means μ and biased variances v,
///
///     mean = E[μ],   variance = (E[v] + E[μ²] − E[μ]²) · Mm ÷ (Mm − 1).
///
/// The samples are those that a reshuffled first epoch begins with, the same ones for every evaluation, so that
/// `evaluate` of saved weights finds what the run found. Workers take microbatches, of a run over several ranks each rank
/// some of every block, which all get; the sums run over microbatches in order, so neither shows. The running averages
/// come back after the evaluation: neither training nor the files that it leaves change.
final class RecomputedStatistics: Sendable {
  /// Microbatches between two sums, which bounds the memory.
  private static let blockCount = 64

  private let network: Network
  private let gatherer: SampleGatherer
  private let order: TrainingOrder
  private let pool: WorkerPool
  private let collective: any Collective
  /// Samples of each microbatch, and the number of microbatches.
  private let microbatch: Int
  private let microbatches: Int
  /// The statistics of a block's microbatches, each in a row of its own.
  private let block: Buffer<Float>
  /// Sums over microbatches, laid out as a row: of means, and of biased variances.
  private let sums: Buffer<Double>
  /// Sums of squares of means, in the places of the means.
  private let squares: Buffer<Double>
  /// The running averages, laid out as a row, while the others stand in their place.
  private let averages: Buffer<Float>

  /// Statistics over `samples` training samples, rounded down to whole microbatches; fewer than n are one microbatch.
  init(
    _ network: Network, samples: Int, of splits: DataSplits, seed: UInt64, pool: WorkerPool,
    collective: any Collective = LocalCollective()
  ) {
    self.network = network
    self.pool = pool
    self.collective = collective
    microbatch = min(network.microbatch, samples)
    microbatches = samples / microbatch
    gatherer = SampleGatherer(splits.train)
    order = TrainingOrder(
      count: splits.train.count, batch: microbatch * microbatches, order: .reshuffle, lastBatch: .drop, seed: seed)
    let count = network.statisticsCount
    block = Buffer(count: min(Self.blockCount, microbatches) * count)
    sums = Buffer(count: count)
    squares = Buffer(count: count)
    averages = Buffer(count: count)
  }

  /// Bytes that the statistics over `samples` of `trainingSamples` samples take.
  static func bytes(for network: Network, samples: Int, trainingSamples: Int) -> Int {
    let rows = min(blockCount, max(1, samples / network.microbatch))
    return network.statisticsCount * (4 * (rows + 1) + 16) + 2 * trainingSamples * MemoryLayout<UInt32>.stride
  }

  /// Runs `body` with the recomputed statistics in the place of the running averages of `state`, whose packed weights the
  /// engine has.
  func withStatistics<Result>(
    in state: NetworkState, _ engine: GradientEngine, _ body: () throws -> Result
  ) rethrows -> Result {
    collect(state, engine)
    averages.view.copy(from: state.statistics.view)
    for layer in network.statistics { write(layer, into: state.statistics.view) }
    defer { state.statistics.view.copy(from: averages.view) }
    return try body()
  }

  /// Sums the statistics of all microbatches, block by block.
  private func collect(_ state: NetworkState, _ engine: GradientEngine) {
    let count = network.statisticsCount
    let position = order.position(ofStep: 0)
    order.prepare(position)
    sums.view.fill(with: 0)
    squares.view.fill(with: 0)
    for first in stride(from: 0, to: microbatches, by: Self.blockCount) {
      let rows = min(Self.blockCount, microbatches - first)
      let parts = (0..<collective.ranks).map { $0 * rows / collective.ranks..<($0 + 1) * rows / collective.ranks }
      let own = parts[collective.rank]
      pool.run(own.count, as: .statistics) { [self] worker, number in
        let row = own.lowerBound + number
        let start = (first + row) * microbatch
        engine.workspaces[worker].spans.describe(index: first + row, count: microbatch)
        network.collectStatistics(
          start..<start + microbatch, of: position, order: order, gatherer: gatherer, weights: state.parameters.view,
          packedWeights: engine.packedWeights.view, into: block.view[row * count..<(row + 1) * count],
          workspace: engine.workspaces[worker])
      }
      if collective.ranks > 1 {
        collective.exchange(
          block.view, Delivery.all(parts.map { $0.lowerBound * count..<$0.upperBound * count }))
      }
      for row in 0..<rows { add(block.view[row * count..<(row + 1) * count]) }
    }
  }

  private func add(_ row: Floats) {
    for layer in network.statistics {
      let values = Double(layer.rows * microbatch)
      for index in layer.means {
        let mean = Double(row[index])
        sums.view[index] += mean
        squares.view[index] += mean * mean
      }
      for index in layer.variances { sums.view[index] += Double(row[index]) * (values - 1) / values }
    }
  }

  private func write(_ layer: RunningStatistics, into statistics: Floats) {
    let groups = Double(microbatches)
    let values = groups * Double(layer.rows * microbatch)
    for channel in 0..<layer.channels {
      let place = layer.means.lowerBound + channel
      let mean = sums.view[place] / groups
      let between = max(0, squares.view[place] / groups - mean * mean)
      let within = sums.view[place + layer.channels] / groups
      statistics[place] = Float(mean)
      statistics[place + layer.channels] = Float((within + between) * values / max(1, values - 1))
    }
  }
}
