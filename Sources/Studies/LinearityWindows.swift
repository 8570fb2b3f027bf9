import Calendars
import Optimizers
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import Workers

/// The side steps of a linearity study: for each repeat, small steps up to the largest multiple, and a large one each.
struct LinearityWindows {
  let study: LinearityStudy
  let batch: Int
  let rate: Double
  let momentum: Double
  let stepsPerEpoch: Int
  private let order: TrainingOrder
  private let source: TrainingSource
  private let engine: GradientEngine
  private let microbatch: Int
  private let isEven: Bool
  private let tensors: [ParameterTensor]
  /// Steps without momentum, and the config's with heavy ball.
  private let plain: ParameterUpdate
  private let heavyBall: ParameterUpdate
  /// The most shards of a side step.
  private static let shards = 16

  init(_ study: LinearityStudy, plan: RunPlan, pool: WorkerPool) throws {
    self.study = study
    let configuration = plan.configuration
    let batch = configuration.batch.size
    self.batch = batch
    rate = configuration.learningRate.reference
    let momentum = configuration.optimizer.method.rule.momentum
    self.momentum = momentum
    let weightDecay = configuration.optimizer.weightDecay
    stepsPerEpoch = plan.stepsPerEpoch
    // Windows are shuffled epochs of a seed of their own, cut into the largest batch: no sample twice in one.
    let seed = configuration.seed &+ 0xD1B5_4A32_D192_ED03
    let most = max(1, study.multiples.last ?? 1)
    order = TrainingOrder(
      count: plan.splits.train.count, batch: most * batch, order: .reshuffle, lastBatch: .drop, seed: seed)
    source = TrainingSource(
      order: order,
      gatherer: SampleGatherer(
        plan.splits.train, augmentations: configuration.data.augmentations,
        seed: seed), seed: seed)
    let network = plan.network
    (microbatch, isEven) = (network.microbatch, network.hasBatchNorm)
    let largest = ShardedBatch(
      order.position(ofStep: 0),
      dealing: MicrobatchDealing(0..<most * batch, size: network.microbatch, isEven: network.hasBatchNorm),
      shards: Self.shards)
    engine = GradientEngine(network, source: source, shards: Self.shards, samples: largest.largestShard, pool: pool)
    tensors = network.tensors
    func update(momentum: Double) -> ParameterUpdate {
      ParameterUpdate(
        OptimizerConfiguration(method: .sgd(momentum: momentum, nesterov: false), weightDecay: weightDecay),
        batch: batch, referenceBatch: batch)
    }
    (plain, heavyBall) = (update(momentum: 0), update(momentum: momentum))
  }

  /// Sums over the repeats of one multiple.
  private struct Sums {
    var gap = 0.0
    var squaredGap = 0.0
    var momentumGap = 0.0
    var small = 0.0
    var large = 0.0
  }

  /// The vectors of the side steps, each as long as the parameters.
  private struct Vectors {
    let scratch: Buffer<Float>
    let gradient: Buffer<Float>
    let small: Buffer<Float>
    let heavy: Buffer<Float>
    /// Heavy ball's momentum.
    let buffer: Buffer<Float>
    let large: Buffer<Float>

    init(count: Int) {
      (scratch, gradient, small) = (Buffer(count: count), Buffer(count: count), Buffer(count: count))
      (heavy, buffer, large) = (Buffer(count: count), Buffer(count: count), Buffer(count: count))
    }
  }

  /// The gaps at one place of the run, a point for each multiple.
  func measure(
    _ start: Floats, place: Int, step number: Int, _ potential: TrainingSetGradient
  ) -> [LinearityRecord.Point] {
    let vectors = Vectors(count: start.count)
    let before = potential.loss(at: start)
    var sums = study.multiples.map { _ in Sums() }
    for repetition in 0..<study.repeats {
      let position = order.position(ofStep: place * study.repeats + repetition)
      order.prepare(position)
      vectors.small.view.copy(from: start)
      vectors.heavy.view.copy(from: start)
      vectors.buffer.view.fill(with: 0)
      for multiple in 1...max(1, study.multiples.last ?? 1) {
        takeSmallStep((multiple - 1) * batch..<multiple * batch, of: position, vectors)
        guard let index = study.multiples.firstIndex(of: multiple) else { continue }
        takeLargeStep(multiple, of: position, from: start, vectors)
        compare(vectors, with: start, into: &sums[index])
        sums[index].small += potential.loss(at: vectors.small.view)
        sums[index].large += potential.loss(at: vectors.large.view)
      }
    }
    return zip(study.multiples, sums).map { point($0, $1, step: number, before: before) }
  }

  private func takeSmallStep(_ samples: Range<Int>, of position: BatchPosition, _ vectors: Vectors) {
    let gradient = vectors.gradient.view
    average(samples, of: position, at: vectors.small.view, into: gradient)
    step(plain, vectors.small.view, gradient, rate: rate / (1 - momentum))
    guard momentum > 0 else { return }
    average(samples, of: position, at: vectors.heavy.view, into: gradient)
    step(heavyBall, vectors.heavy.view, gradient, momentum: vectors.buffer.view, rate: rate)
  }

  /// One step over all of the window's samples so far.
  private func takeLargeStep(_ multiple: Int, of position: BatchPosition, from start: Floats, _ vectors: Vectors) {
    let gradient = vectors.gradient.view
    average(0..<multiple * batch, of: position, at: start, into: gradient)
    vectors.large.view.copy(from: start)
    step(plain, vectors.large.view, gradient, rate: rate / (1 - momentum) * Double(multiple))
  }

  private func compare(_ vectors: Vectors, with start: Floats, into sums: inout Sums) {
    let large = vectors.large.view
    let gap = distance(vectors.small.view, large) / distance(large, start)
    sums.gap += gap
    sums.squaredGap += gap * gap
    guard momentum > 0 else { return }
    // What the momentum has still to give.
    let rest = Float(rate * momentum / (1 - momentum))
    let (end, heavy, buffer) = (vectors.scratch.view, vectors.heavy.view, vectors.buffer.view)
    for place in end.indices { end[place] = heavy[place] - rest * buffer[place] }
    sums.momentumGap += distance(end, large) / distance(large, start)
  }

  private func point(_ multiple: Int, _ sum: Sums, step: Int, before: Double) -> LinearityRecord.Point {
    let repeats = Double(study.repeats)
    // A step that overflowed is as far from linear as can be.
    let gap = sum.gap.isFinite ? sum.gap / repeats : .infinity
    let variance = max(0, sum.squaredGap / repeats - gap * gap)
    let (small, large) = (sum.small / repeats, sum.large / repeats)
    return LinearityRecord.Point(
      multiple: multiple, step: step, epoch: Double(step) / Double(stepsPerEpoch), relativeGap: gap,
      gapError: (variance / max(1, repeats - 1)).squareRoot(),
      momentumGap: momentum > 0 ? sum.momentumGap / repeats : nil,
      lossGap: small == before ? 0 : (large - small) / abs(small - before), lossBefore: before, lossSmall: small,
      lossLarge: large)
  }

  /// The mean gradient over the samples at some positions of a window, which alone decide on shards and microbatches.
  private func average(_ samples: Range<Int>, of window: BatchPosition, at weights: Floats, into gradient: Floats) {
    let part = ShardedBatch(
      window, dealing: MicrobatchDealing(samples, size: microbatch, isEven: isEven), shards: Self.shards)
    engine.average(part, at: weights, into: gradient)
  }

  /// One step of the optimizer's room.
  private func step(
    _ update: ParameterUpdate, _ weights: Floats, _ gradient: Floats, momentum: Floats? = nil, rate: Double
  ) {
    for tensor in tensors {
      let range = tensor.range
      update.apply(
        to: weights[range], gradient: gradient[range],
        state: OptimizerState(first: momentum?[range], second: nil), step: 0, learningRate: rate,
        decays: tensor.decays)
    }
  }

  private func distance(_ a: Floats, _ b: Floats) -> Double {
    var sum = 0.0
    for index in a.indices {
      let difference = Double(a[index]) - Double(b[index])
      sum += difference * difference
    }
    return sum.squareRoot()
  }
}
