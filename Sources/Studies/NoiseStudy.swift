import Statistics
import Gradients
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import Optimizers
import Records
import Workers

/// Measures the gradient's noise scale at given weights from many independent gradients of few samples each.
///
/// With the exact gradient G of the training set, b·|g_j − G|² of each gradient g_j over b independent draws is an
/// unbiased estimate of trΣ; their spread gives the interval. Where a pass over the set would cost too much, |G|² is
/// estimated too, from groups of gradients (``GradientNoise``), and the interval is Fieller's. So it is with dropout and
/// batch norm, whose gradient belongs to a mask or a microbatch: no pass gives the expected one, and what masks and
/// company add is part of the noise that training has. Weight decay is left out.
/// The draws belong to the seed, and what each gives has its own place, so threads do not show.
package struct NoiseStudy: Study {
  package static let name = StudyKind.noise.rawValue

  /// Gradients that estimate |G|² together, where it is not exact.
  private static let group = 16

  /// Independent draws in all.
  package var samples: Int
  /// A safetensors file; initial weights without.
  package var weights: String?
  /// Whether the record lists every tensor.
  package var perLayer = false
  package var threads = 1
  /// Whether G is computed over the whole set; left out, where a pass is affordable. Never with dropout or batch norm.
  package var usesExactGradient: Bool?

  package init(samples: Int = 8192, weights: String? = nil) {
    self.samples = samples
    self.weights = weights
  }

  /// What one gradient adds, tensor by tensor.
  private struct Measurements: Sendable {
    /// |g_j|² and |g_j − G|², [gradients, tensors].
    let squares: Buffer<Double>
    let distances: Buffer<Double>
    /// |Σ g_j|² of each whole group, [groups, tensors].
    let groupSquares: Buffer<Double>
    let losses: Buffer<Double>
  }

  /// trΣ ÷ |G|² with its interval.
  private struct Scale {
    var value: Double
    var low: Double
    var high: Double
    var gradientSquaredNorm: Double
    var covarianceTrace: Double
  }

  /// - Throws: `CheckpointError` for weights of another model, `DivergedWeightsError` where they have no finite loss.
  package func run(
    _ configuration: RunConfiguration, splits: DataSplits, progress: @escaping @Sendable (StudyProgress) -> Void
  ) throws -> NoiseRecord {
    let plan = try RunPlan(configuration, splits: splits, threads: 1)
    let trainer = try Trainer(plan)
    if let weights { try trainer.loadWeights(from: weights) }
    let at = Buffer<Float>(trainer.weights.array())
    let pool = WorkerPool(threads: threads)
    let potential = try TrainingSetGradient(plan, weightDecay: 0, pool: pool)
    let isRandom = configuration.model.hasDropout || plan.network.hasBatchNorm
    let isExact = !isRandom && usesExactGradient ?? TrainingSetGradient.isAffordable(plan)
    let exact = Buffer<Float>(count: at.view.count)
    let loss = isExact ? potential.loss(at: at.view, gradient: exact.view) : nil
    potential.engine.prepare(at: at.view)

    let size = gradientSize(plan)
    // Whole groups, so that each is worth the same.
    let groups = max(2, samples / (size * Self.group))
    let measured = measure(plan, potential, pool, at, exact, size: size, groups: groups, progress)
    let trained = Array(plan.network.tensors.indices)
    let count = groups * Self.group
    let meanLoss = loss ?? measured.losses.array().reduce(0, +) / Double(count * size)
    guard meanLoss.isFinite else {
      throw DivergedWeightsError(path: weights ?? "the initial weights", found: "the training loss is \(meanLoss)")
    }
    let result =
      isExact ? exactScale(measured, exact, plan, size, trained) : sampledScale(measured, plan, size, trained)

    var record = NoiseRecord(
      name: configuration.name, machine: .current, weights: weights, noiseScale: result.value, low: result.low,
      high: result.high, gradientSquaredNorm: result.gradientSquaredNorm, covarianceTrace: result.covarianceTrace,
      isGradientExact: isExact, loss: meanLoss, samples: count * size, samplesPerGradient: size,
      trainSamples: splits.train.count, parameters: plan.network.trainedCount, batch: configuration.batch.size,
      learningRate: plan.schedule.scaledRate, momentum: configuration.optimizer.method.rule.momentum)
    record.recommendation = NoiseRecommendation.make(record, method: configuration.optimizer.method)
    if perLayer {
      record.layers = trained.map { tensor in
        layer(tensor, measured, exact, plan, isExact: isExact, size: size)
      }
    }
    record.notes += Self.notes(plan, samplesPerGradient: size)
    return record
  }

  /// What a reader should know of the measurement.
  private static func notes(_ plan: RunPlan, samplesPerGradient size: Int) -> [String] {
    var notes: [String] = []
    if plan.network.hasBatchNorm {
      notes.append(
        "Batch norm makes a sample's gradient depend on its microbatch: G is estimated from microbatches of \(size) random "
          + "samples, and the noise is that between them.")
    }
    if plan.configuration.model.hasDropout {
      notes.append(
        "Dropout draws a mask for every sample, as in training: what the masks add is part of the noise, and G, the "
          + "mean over all masks, is estimated.")
    }
    if !plan.configuration.data.augmentations.isEmpty { notes.append("Measured without data.augment.") }
    return notes
  }

  // MARK: Measuring

  /// b: few samples a gradient, since the number of gradients decides the interval; more where writing a gradient costs
  /// more than computing it, and a whole microbatch where batch norm needs one.
  private func gradientSize(_ plan: RunPlan) -> Int {
    if plan.network.hasBatchNorm { return min(plan.network.microbatch, plan.splits.train.count) }
    let wanted = plan.network.trainedCount > 100_000 ? 8 : 1
    return max(1, min(wanted, samples / (2 * Self.group), plan.splits.train.count))
  }

  private func measure(
    _ plan: RunPlan, _ potential: TrainingSetGradient, _ pool: WorkerPool, _ at: Buffer<Float>,
    _ exact: Buffer<Float>, size: Int, groups: Int, _ progress: @escaping @Sendable (StudyProgress) -> Void
  ) -> Measurements {
    let network = potential.network
    let tensors = network.tensors
    // A key of its own: these are not the run's batches.
    let seed = plan.configuration.seed &+ 0x9E37_79B9_7F4A_7C15
    let order = TrainingOrder(
      count: plan.splits.train.count, batch: size, order: .iid, lastBatch: .drop, seed: seed)
    let source = TrainingSource(
      order: order, gatherer: SampleGatherer(plan.splits.train), seed: seed)
    let count = groups * Self.group
    let result = Measurements(
      squares: Buffer(count: count * tensors.count), distances: Buffer(count: count * tensors.count),
      groupSquares: Buffer(count: groups * tensors.count), losses: Buffer(count: count))
    let workspaces = (0..<pool.threads).map { _ in Workspace(for: network) }
    let gradients = (0..<pool.threads).map { _ in Buffer<Float>(count: network.parameterCount) }
    let sums = (0..<pool.threads).map { _ in Buffer<Float>(count: network.parameterCount) }
    pool.run(groups) { worker, group in
      let (gradient, sum) = (gradients[worker].view, sums[worker].view)
      sum.fill(with: 0)
      for index in group * Self.group..<(group + 1) * Self.group {
        result.losses.view[index] = potential.engine.sum(
          over: 0..<size, of: order.position(ofStep: index), from: source, into: gradient,
          workspace: workspaces[worker])
        for (place, tensor) in tensors.enumerated() {
          let part = gradient[tensor.range]
          result.squares.view[index * tensors.count + place] = Reduction.squaredNorm(part)
          result.distances.view[index * tensors.count + place] = Self.squaredDistance(
            part, exact.view[tensor.range], scale: Double(size))
        }
        Elementwise.add(into: sum, gradient)
      }
      for (place, tensor) in tensors.enumerated() {
        result.groupSquares.view[group * tensors.count + place] = Reduction.squaredNorm(sum[tensor.range])
      }
      progress(StudyProgress("noise, groups of gradients", done: group, of: groups))
    }
    return result
  }

  /// |a ÷ scale − b|².
  private static func squaredDistance(_ a: Floats, _ b: Floats, scale: Double) -> Double {
    var sum = 0.0
    for index in a.indices {
      let difference = Double(a[index]) / scale - Double(b[index])
      sum += difference * difference
    }
    return sum
  }

  // MARK: From measurements to the scale

  private func exactScale(
    _ measured: Measurements, _ exact: Buffer<Float>, _ plan: RunPlan, _ size: Int, _ trained: [Int]
  ) -> Scale {
    let tensors = plan.network.tensors
    let norm = trained.reduce(0.0) { $0 + Reduction.squaredNorm(exact.view[tensors[$1].range]) }
    let traces = measured.losses.view.indices.map { index in
      Double(size) * trained.reduce(0.0) { $0 + measured.distances.view[index * tensors.count + $1] }
    }
    let statistics = SeriesStatistics(independent: traces)
    let error = StudentDistribution.quantile(degreesOfFreedom: traces.count - 1) * statistics.meanError
    func ratio(_ trace: Double) -> Double { norm > 0 ? max(0, trace) / norm : .infinity }
    return Scale(
      value: ratio(statistics.mean), low: ratio(statistics.mean - error), high: ratio(statistics.mean + error),
      gradientSquaredNorm: norm, covarianceTrace: statistics.mean)
  }

  private func sampledScale(
    _ measured: Measurements, _ plan: RunPlan, _ size: Int, _ trained: [Int]
  ) -> Scale {
    let groups = groupNoise(measured, plan, size, trained)
    var window = NoiseWindow(capacity: max(1, groups.count))
    for noise in groups { window.add(noise) }
    guard let scale = window.noiseScale else {
      return Scale(value: .infinity, low: 0, high: .infinity, gradientSquaredNorm: 0, covarianceTrace: 0)
    }
    return Scale(
      value: scale.value, low: scale.low, high: scale.high, gradientSquaredNorm: scale.gradientSquaredNorm,
      covarianceTrace: scale.covarianceTrace)
  }

  /// The unbiased estimates of each group, over the given tensors.
  private func groupNoise(
    _ measured: Measurements, _ plan: RunPlan, _ size: Int, _ trained: [Int]
  ) -> [GradientNoise] {
    let tensors = plan.network.tensors.count
    return (0..<measured.groupSquares.view.count / tensors).compactMap { group in
      let all = trained.reduce(0.0) { $0 + measured.groupSquares.view[group * tensors + $1] }
      let single = (group * Self.group..<(group + 1) * Self.group).reduce(0.0) { sum, index in
        trained.reduce(sum) { $0 + measured.squares.view[index * tensors + $1] }
      }
      return GradientNoise(
        squaredNormOfSum: all, sumOfSquaredNorms: single, samples: size * Self.group,
        squaredShardSamples: size * size * Self.group)
    }
  }

  private func layer(
    _ tensor: Int, _ measured: Measurements, _ exact: Buffer<Float>, _ plan: RunPlan, isExact: Bool, size: Int
  ) -> NoiseRecord.Layer {
    let description = plan.network.tensors[tensor]
    let scale =
      isExact
      ? exactScale(measured, exact, plan, size, [tensor]) : sampledScale(measured, plan, size, [tensor])
    return NoiseRecord.Layer(
      tensor: description.name, parameters: description.count, gradientSquaredNorm: scale.gradientSquaredNorm,
      covarianceTrace: scale.covarianceTrace)
  }
}

extension SeriesStatistics {
  /// The statistics of values that are known to be independent.
  init(independent values: [Double]) {
    let count = Double(values.count)
    let mean = values.reduce(0, +) / count
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(1, count - 1)
    self.init(
      count: values.count, mean: mean, deviation: variance.squareRoot(), correlationTime: 1,
      meanError: (variance / count).squareRoot(), deviationError: 0)
  }
}
