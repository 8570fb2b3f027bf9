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

/// Compares k small steps with one large step of k times the batch and the rate, from the same weights over the same
/// samples: the premise of the linear scaling rule (Goyal et al. 2017, §2.1).
///
/// The small step is the config's reference: batch `learningRate.referenceBatch`, rate `learningRate.reference`. A run
/// with this step, constant rate and the config's optimizer leads along the training; at its places the gaps are
/// measured on the side. There, momentum is taken in by its total effect: plain steps at η ÷ (1 − m).
///
/// Small steps and large one see each sample under the same dropout mask and, with batch norm, in the same microbatch,
/// so that the gap is the gradient's change alone. The losses at their ends are without dropout.
public struct LinearityStudy: Study {
  public static let name = StudyKind.linearity.rawValue

  /// k, each at least 2.
  public var multiples: [Int]
  /// Places of the run, in passes over the training set, ascending.
  public var epochs: [Double]
  /// Largest relative gap that counts as linear.
  public var tolerance: Double
  /// Windows of samples that each gap is averaged over.
  public var repeats: Int
  public var threads = 1

  public init(
    multiples: [Int] = [2, 4, 8, 16], epochs: [Double] = [0, 0.25, 0.5, 1, 2, 3, 5, 8], tolerance: Double = 0.5,
    repeats: Int = 4
  ) {
    self.multiples = multiples.sorted()
    self.epochs = epochs.sorted()
    self.tolerance = tolerance
    self.repeats = repeats
  }

  /// Runs the study.
  ///
  /// - Throws: `RunError` for a multiple whose batch is larger than the training set, or an optimizer other than SGD.
  public func run(
    _ original: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> LinearityRecord {
    let (configuration, notes) = try prepared(original, splits)
    let plan = try RunPlan(configuration, splits: splits, threads: threads)
    let trainer = try Trainer(plan)
    let pool = WorkerPool(threads: threads)
    let potential = try TrainingSetGradient(plan, weightDecay: 0, pool: pool)
    let steps = epochs.map { Int(($0 * Double(plan.stepsPerEpoch)).rounded()) }
      .reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
    try requireSameMicrobatches(plan)
    let windows = try Windows(self, plan: plan, pool: pool)
    var points: [LinearityRecord.Point] = []
    var done = 0
    let last = steps.last ?? 0
    for (place, step) in steps.enumerated() {
      while done < step {
        guard trainer.takeStep() != nil else {
          throw RunError(
            path: "learningRate.reference",
            message: "the run with small steps diverged at step \(done + 1); lower the rate, which is "
              + "\(configuration.learningRate.reference)")
        }
        done += 1
        progress(StudyProgress(Self.name, done: done, of: last + 1))
      }
      points += windows.measure(trainer.weights, place: place, step: step, potential)
      progress(StudyProgress(Self.name, done: done + 1, of: last + 1))
    }
    let multiple = Double(original.batch.size) / Double(original.learningRate.referenceBatch)
    var record = LinearityRecord(
      name: configuration.name, machine: .current, batch: configuration.batch.size,
      learningRate: configuration.learningRate.reference, momentum: configuration.optimizer.method.rule.momentum,
      weightDecay: configuration.optimizer.weightDecay, stepsPerEpoch: plan.stepsPerEpoch, repeats: repeats,
      tolerance: tolerance, points: points, configMultiple: multiple)
    record.notes = notes
    if original.model.hasDropout {
      record.notes.append(
        "Small and large steps share each sample's dropout mask; the losses at their ends are without dropout.")
    }
    if plan.network.hasBatchNorm {
      record.notes.append(
        "Small and large steps share the microbatches of \(plan.network.microbatch) samples that batch norm sees; the "
          + "losses at their ends are over microbatches in file order.")
    }
    if multiple > Double(multiples.last ?? 1) {
      record.notes.append(
        "The config's multiple \(multiple) is beyond the measured ones; its gap is a power law through the last two.")
    }
    return record
  }

  /// The large step deals its samples to the microbatches of the small ones only where those are whole.
  private func requireSameMicrobatches(_ plan: RunPlan) throws {
    let (batch, microbatch) = (plan.configuration.batch.size, plan.network.microbatch)
    guard plan.network.hasBatchNorm, !batch.isMultiple(of: microbatch) else { return }
    let divisor = (1...microbatch).last { batch.isMultiple(of: $0) } ?? 1
    throw RunError(
      path: "batch.microbatch",
      message: "found \(microbatch), which does not divide learningRate.referenceBatch \(batch): batch norm would see "
        + "other microbatches in the large step than in the small ones; use a divisor of \(batch), such as \(divisor)")
  }

  /// The run with small steps: the config at its reference batch and a constant reference rate.
  private func prepared(_ original: RunConfiguration, _ splits: DataSplits) throws -> (RunConfiguration, [String]) {
    var configuration = original
    var notes: [String] = []
    guard original.optimizer.method.rule.temperatureMomentum != nil else {
      throw RunError(
        path: "optimizer.method", message: "the linear scaling rule is SGD's; use \"sgd\" for this study")
    }
    let small = original.learningRate.referenceBatch
    let samples = splits.train.count
    if let most = multiples.last, most * small > samples {
      throw RunError(
        path: "learningRate.referenceBatch",
        message: "found \(small), and \(most) × \(small) samples are more than the training set's \(samples); use "
          + "multiples up to \(max(1, samples / small)), or a smaller referenceBatch")
    }
    configuration.batch = BatchConfiguration(size: small, shards: nil, microbatch: original.batch.microbatch)
    if let microbatch = original.batch.microbatch, microbatch > small { configuration.batch.microbatch = small }
    configuration.learningRate.scaling = .none
    configuration.learningRate.warmup = .none
    configuration.learningRate.decay = .none
    let stepsPerEpoch = max(1, samples / small)
    configuration.length = .steps(max(1, Int(((epochs.last ?? 0) * Double(stepsPerEpoch)).rounded())))
    configuration.target = nil
    if original.optimizer.clipNorm != nil {
      notes.append("The steps that are compared are not clipped; those of the run between them are.")
    }
    return (configuration, notes)
  }
}

/// The side steps of a linearity study: for each repeat, small steps up to the largest multiple, and a large one each.
private struct Windows {
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

  func measure(
    _ start: Floats, place: Int, step number: Int, _ potential: TrainingSetGradient
  ) -> [LinearityRecord.Point] {
    let count = start.count
    let scratch = Buffer<Float>(count: count)
    let gradient = Buffer<Float>(count: count)
    let small = Buffer<Float>(count: count)
    let heavy = Buffer<Float>(count: count)
    let buffer = Buffer<Float>(count: count)
    let large = Buffer<Float>(count: count)
    let before = potential.loss(at: start)
    let effective = rate / (1 - momentum)
    var sums = study.multiples.map { _ in Sums() }
    for repetition in 0..<study.repeats {
      let position = order.position(ofStep: place * study.repeats + repetition)
      order.prepare(position)
      small.view.copy(from: start)
      heavy.view.copy(from: start)
      buffer.view.fill(with: 0)
      for j in 0..<(study.multiples.last ?? 0) {
        let samples = j * batch..<(j + 1) * batch
        average(samples, of: position, at: small.view, into: gradient.view)
        step(plain, small.view, gradient.view, rate: effective)
        if momentum > 0 {
          average(samples, of: position, at: heavy.view, into: gradient.view)
          step(heavyBall, heavy.view, gradient.view, momentum: buffer.view, rate: rate)
        }
        guard let index = study.multiples.firstIndex(of: j + 1) else { continue }
        // One step over all of the window's samples so far.
        average(0..<(j + 1) * batch, of: position, at: start, into: gradient.view)
        large.view.copy(from: start)
        step(plain, large.view, gradient.view, rate: effective * Double(j + 1))
        let gap = distance(small.view, large.view) / distance(large.view, start)
        sums[index].gap += gap
        sums[index].squaredGap += gap * gap
        if momentum > 0 {
          let rest = Float(rate * momentum / (1 - momentum))
          for place in 0..<count { scratch.view[place] = heavy.view[place] - rest * buffer.view[place] }
          sums[index].momentumGap += distance(scratch.view, large.view) / distance(large.view, start)
        }
        sums[index].small += potential.loss(at: small.view)
        sums[index].large += potential.loss(at: large.view)
      }
    }
    let repeats = Double(study.repeats)
    return zip(study.multiples, sums).map { multiple, sum in
      // A step that overflowed is as far from linear as can be.
      let gap = sum.gap.isFinite ? sum.gap / repeats : .infinity
      let variance = max(0, sum.squaredGap / repeats - gap * gap)
      let (small, large) = (sum.small / repeats, sum.large / repeats)
      return LinearityRecord.Point(
        multiple: multiple, step: number, epoch: Double(number) / Double(stepsPerEpoch), relativeGap: gap,
        gapError: (variance / max(1, repeats - 1)).squareRoot(),
        momentumGap: momentum > 0 ? sum.momentumGap / repeats : nil,
        lossGap: small == before ? 0 : (large - small) / abs(small - before), lossBefore: before, lossSmall: small,
        lossLarge: large)
    }
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
