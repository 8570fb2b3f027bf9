import AllReduce
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Workers

/// All that is decided before the first step: the config joined with its data, and the number of threads.
public struct RunPlan: Sendable {
  /// The config with every default filled in, `batch.shards` and `batch.microbatch` included.
  public let configuration: RunConfiguration
  public let splits: DataSplits
  /// Epochs and batches by step.
  public let calendar: StepCalendar
  public let division: BatchDivision
  public let network: Network
  public let schedule: Schedule
  public let update: ParameterUpdate
  public let source: TrainingSource
  /// Optimizer updates of the whole run.
  public let steps: Int
  /// T.
  public let threads: Int
  /// What a user should know before the run, in words: threads that cannot help, for one.
  public let notes: [String]

  /// Joins a config with its data.
  ///
  /// - Parameter threads: T asked for on the command line; `nil` leaves it to the config.
  /// - Throws: ``RunError`` or `ModelError`, both with the path in the config.
  public init(_ configuration: RunConfiguration, splits: DataSplits, threads: Int? = nil) throws {
    let batch = configuration.batch.size
    let samples = splits.train.count
    guard batch <= samples else {
      throw RunError(
        path: "batch.size",
        message: "found \(batch), but the training set has \(samples) samples; use at most \(samples)")
    }
    let isClassification = if case .classes = splits.train.targets { true } else { false }
    if !isClassification, configuration.loss != .meanSquaredError {
      throw RunError(
        path: "loss.kind", message: "the data holds numbers to predict, not classes; use \"meanSquaredError\"")
    }
    if case .testAccuracy = configuration.target {
      guard isClassification else {
        throw RunError(path: "target.testAccuracy", message: "a regression has no accuracy; use target.testLoss")
      }
      guard configuration.loss != .meanSquaredError else {
        throw RunError(
          path: "target.testAccuracy",
          message:
            "loss \"meanSquaredError\" takes the classes for numbers and counts none right, so no accuracy could "
            + "be reached; use target.testLoss, or loss \"crossEntropy\"")
      }
    }
    self.splits = splits
    for change in configuration.temperature.batches where change.size > samples {
      throw RunError(
        path: "temperature.batches",
        message: "found \(change.size), but the training set has \(samples) samples; use at most \(samples)")
    }
    calendar = StepCalendar(configuration, samples: samples)
    division = try BatchDivision(
      configuration.batch, largest: calendar.largestBatch, isConvolutional: configuration.model.isConvolutional)
    network = try Network(
      configuration.model, loss: configuration.loss, input: FeatureShape(splits.train.shape), outputs: splits.outputs,
      microbatch: division.microbatch, convolution: configuration.convolution)
    try Self.checkStatistics(configuration, network, samples: samples)
    let order = TrainingOrder(
      count: samples, calendar: calendar, order: configuration.data.order, seed: configuration.seed)
    source = TrainingSource(
      order: order,
      gatherer: SampleGatherer(
        splits.train, normalizer: splits.normalizer, augmentations: configuration.data.augmentations,
        seed: configuration.seed), seed: configuration.seed)
    steps = calendar.steps(of: configuration.length)
    guard steps >= 1 else {
      throw RunError(path: "epochs", message: "the run has no step; an epoch has \(order.stepsPerEpoch) steps")
    }
    schedule = Schedule(configuration.learningRate, batch: batch, steps: steps, calendar: calendar)
    update = ParameterUpdate(
      configuration.optimizer, batch: batch, referenceBatch: configuration.learningRate.referenceBatch)
    let (count, remarks) = Self.threads(asked: threads, configured: configuration.threads, shards: division.shards)
    self.threads = count
    notes =
      remarks + Temperature.notes(configuration, schedule: schedule) + Self.warmupNotes(configuration, schedule)
      + Self.orderNotes(configuration, shards: division.shards)
      + Self.statisticsNotes(configuration, microbatch: division.microbatch)
    var resolved = configuration
    resolved.batch.shards = division.shards
    resolved.batch.microbatch = division.microbatch
    self.configuration = resolved
  }

  /// N, where a batch is drawn without replacement from N samples; `nil` for independent draws. The noise of gradients
  /// is measured with it (``GradientNoise``). A sequential order is taken for one that somebody shuffled once.
  var noisePopulation: Int? { configuration.data.order == .iid ? nil : splits.train.count }

  /// Steps of the first pass over the training set.
  public var stepsPerEpoch: Int { source.order.stepsPerEpoch }

  /// Statistics of batch norm can be taken anew where there are some, over samples that are there.
  private static func checkStatistics(
    _ configuration: RunConfiguration, _ network: Network, samples: Int
  ) throws(RunError) {
    guard let wanted = configuration.evaluate.batchNormSamples else { return }
    let path = "evaluate.batchNormSamples"
    if !network.hasBatchNorm {
      throw RunError(path: path, message: "found \(wanted), but the model has no batchNorm layer; leave the key out")
    }
    if wanted > samples {
      throw RunError(
        path: path, message: "found \(wanted), but the training set has \(samples) samples; use at most \(samples)")
    }
  }

  /// A warmup that has no effect, or that the run does not live to see the end of.
  private static func warmupNotes(_ configuration: RunConfiguration, _ schedule: Schedule) -> [String] {
    let span: Span
    switch configuration.learningRate.warmup {
    case .none: return []
    case .gradual(let length), .constant(let length): span = length
    }
    let asked =
      switch span {
      case .epochs(let epochs): "\(Self.short(epochs)) epoch\(epochs == 1 ? "" : "s")"
      case .steps(let steps): "\(steps) step\(steps == 1 ? "" : "s")"
      }
    let scaled = Self.short(schedule.scaledRate)
    guard schedule.scaledRate > schedule.referenceRate else {
      return [
        "no warmup: the scaled rate \(scaled) is not above the reference rate \(Self.short(schedule.referenceRate)), so "
          + "the \(asked) of learningRate.warmup have no effect"
      ]
    }
    guard schedule.warmupSteps >= schedule.steps else { return [] }
    let last = Self.short(schedule.learningRate(at: schedule.steps - 1))
    return [
      "the run ends within its warmup of \(asked), after \(schedule.steps) of \(schedule.warmupSteps) steps: the scaled "
        + "rate \(scaled) is never reached, the last step has \(last); shorten learningRate.warmup, or train longer"
    ]
  }

  private static func orderNotes(_ configuration: RunConfiguration, shards: Int) -> [String] {
    guard configuration.data.order == .sequential, shards > 1 else { return [] }
    return [
      "data.order \"sequential\": the noise scale takes the order of the files for a random one; where neighbours are "
        + "alike, it is wrong"
    ]
  }

  private static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  private static func statisticsNotes(_ configuration: RunConfiguration, microbatch: Int) -> [String] {
    guard let samples = configuration.evaluate.batchNormSamples else { return [] }
    let whole = samples < microbatch ? samples : samples / microbatch * microbatch
    return [
      "each evaluation takes the statistics of batch norm anew, over \(whole) training samples in microbatches of "
        + "\(min(microbatch, samples)); saved weights keep the running averages of training"
    ]
  }

  /// The order of precedence is command line, config, machine; at most 128 threads call BLAS at once (measured limits
  /// of OpenBLAS: it crashes from 192 callers on).
  private static func threads(asked: Int?, configured: ThreadCount, shards: Int) -> (Int, [String]) {
    let cores = MachineTopology.current.usableCores
    let wanted: Int
    switch (asked, configured) {
    case (let asked?, _): wanted = asked
    case (nil, .count(let count)): wanted = count
    case (nil, .auto): wanted = min(cores, shards)
    }
    let threads = min(wanted, BLASBuild.maximumCallers)
    var notes: [String] = []
    if wanted > threads {
      notes.append("\(wanted) threads asked for; \(threads) are used, the most that may call OpenBLAS at once")
    }
    if threads > shards {
      notes.append(
        "\(threads) threads share \(shards) shard\(shards == 1 ? "" : "s"), so \(threads - shards) can only help to "
          + "update the weights; more batch.shards, or a smaller batch.microbatch, would let them compute gradients")
    }
    if threads > cores {
      notes.append("\(threads) threads share \(cores) core\(cores == 1 ? "" : "s"): the same bits, but no more speed")
    }
    if asked == nil, configured == .auto, cores > shards {
      notes.append("\(shards) of \(cores) cores can help: batch.shards is \(shards)")
    }
    return (threads, notes)
  }
}

/// Memory that a run will take, predicted before it starts.
public struct MemoryEstimate: Sendable, Equatable {
  /// The data sets and the orders of two epochs.
  public var dataBytes: Int
  /// Weights and the optimizer's state.
  public var parameterBytes: Int
  /// Gradient buffers of all shards.
  public var gradientBytes: Int
  /// One worker's arena.
  public var workerBytes: Int
  /// What recomputing batch norm's statistics takes; 0 unless `evaluate.batchNormSamples` asks for it.
  public var statisticsBytes: Int
  public var threads: Int
  /// The program itself, with its libraries: measured, not computed.
  public static let programBytes = 40 << 20

  /// The predicted peak.
  public var totalBytes: Int {
    dataBytes + parameterBytes + gradientBytes + workerBytes * threads + statisticsBytes + Self.programBytes
  }

  /// The estimate for a plan.
  public init(_ plan: RunPlan) {
    let count = plan.network.parameterCount
    dataBytes = plan.splits.bytes + 2 * plan.splits.train.count * MemoryLayout<Int32>.stride
    let vectors = 1 + plan.update.stateNames.count + (plan.update.needsNorms ? 1 : 0)
    parameterBytes = (vectors * count + plan.network.packedCount) * MemoryLayout<Float>.stride
    gradientBytes = StepGradients.bytes(plan)
    workerBytes = Workspace.bytes(for: plan.network) + StepGradients.chunkCount * MemoryLayout<Float>.stride
    threads = plan.threads
    statisticsBytes =
      plan.configuration.evaluate.batchNormSamples.map {
        RecomputedStatistics.bytes(for: plan.network, samples: $0, trainingSamples: plan.splits.train.count)
      } ?? 0
  }
}
