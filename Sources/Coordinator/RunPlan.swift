import Calendars
import Machine
import Gradients
import Configuration
import Datasets
import Foundation
import Kernels
import Models
import Optimizers
import Workers

/// All that is decided before the first step: the config joined with its data, and the number of threads.
package struct RunPlan: Sendable {
  /// The config with every default filled in, `batch.shards` and `batch.microbatch` included.
  package let configuration: RunConfiguration
  package let splits: DataSplits
  /// Epochs and batches by step.
  package let calendar: StepCalendar
  package let division: BatchDivision
  package let network: Network
  package let schedule: Schedule
  package let update: ParameterUpdate
  /// What is special about the update of each of the network's tensors.
  package let terms: [TensorTerms]
  package let source: TrainingSource
  /// Optimizer updates of the whole run.
  package let steps: Int
  /// T.
  package let threads: Int
  /// Which part of its node's cores the run has.
  package let share: NodeShare
  /// Where the workers are held.
  package var pinning: Pinning
  /// Processes that the run is spread over.
  package let ranks: Int
  /// What a user should know before the run, in words: threads that cannot help, for one.
  package let notes: [String]

  /// Joins a config with its data.
  ///
  /// - Parameters:
  ///   - threads: T asked for on the command line; `nil` leaves it to the config.
  ///   - ranks: processes that the run is spread over.
  ///   - share: the part of this process, where ranks of a run share a node's cores.
  ///   - memory: what the run may use; one that is predicted to take more is refused.
  /// - Throws: ``RunError`` or `ModelError`, both with the path in the config.
  package init(
    _ configuration: RunConfiguration, splits: DataSplits, threads: Int? = nil, ranks: Int = 1,
    share: NodeShare = .whole,
    memory: MemoryLimit = MachineTopology.current.memoryLimit
  ) throws {
    let batch = configuration.batch.size
    let samples = splits.train.count
    var configuration = configuration
    configuration.loss = configuration.loss.resolved(isClassification: splits.task.isClassification)
    try Self.check(configuration, splits)
    self.splits = splits
    calendar = StepCalendar(configuration, samples: samples)
    division = try BatchDivision(
      batch: batch, shards: configuration.batch.shards, microbatch: configuration.batch.microbatch,
      largest: calendar.largestBatch, isConvolutional: configuration.model.isConvolutional,
      dealsEvenly: configuration.model.hasBatchNorm)
    var network = try Self.network(configuration, splits, microbatch: division.microbatch)
    terms = try Self.terms(configuration, network, calendar)
    network.freeze(terms.map(\.isFrozen))
    self.network = network
    let order = TrainingOrder(
      count: samples, calendar: calendar, order: configuration.data.order, seed: configuration.seed)
    source = TrainingSource(
      order: order,
      gatherer: SampleGatherer(
        splits.train, augmentations: configuration.data.augmentations, seed: configuration.seed),
      seed: configuration.seed)
    steps = calendar.steps(of: configuration.length)
    guard steps >= 1 else {
      throw RunError(path: "epochs", message: "the run has no step; an epoch has \(order.stepsPerEpoch) steps")
    }
    try Self.checkBatchNorm(configuration, network, division, calendar.stepSizes(steps: steps), samples: samples)
    schedule = Schedule(configuration.learningRate, batch: batch, steps: steps, calendar: calendar)
    update = ParameterUpdate(
      configuration.optimizer, batch: batch, referenceBatch: configuration.learningRate.referenceBatch, steps: steps)
    let (count, pinning, remarks) = Self.threads(threads, configuration, network, division, calendar, ranks, share)
    (self.threads, self.pinning, self.share, self.ranks) = (count, pinning, share, ranks)
    notes =
      splits.notes + Self.dataNotes(splits) + remarks + Temperature.notes(configuration, schedule: schedule)
      + Self.scheduleNotes(configuration, schedule) + Self.orderNotes(configuration, shards: division.shards)
      + Self.selectionNotes(configuration, splits)
      + Self.statisticsNotes(configuration, microbatch: division.microbatch)
      + Self.frozenNotes(terms, network)
      + Self.dealingNotes(division, calendar.stepSizes(steps: steps))
    var resolved = configuration
    resolved.batch.shards = division.shards
    resolved.batch.microbatch = division.microbatch
    self.configuration = resolved
    try MemoryEstimate(self).requireFit(memory)
  }

  /// N, where a batch is drawn without replacement from N samples; `nil` for independent draws. The noise of gradients
  /// is measured with it (``GradientNoise``). A sequential order is taken for one that somebody shuffled once.
  var noisePopulation: Int? { configuration.data.order == .iid ? nil : splits.train.count }

  /// Whether ranks send one another sums that are rounded to bfloat16.
  var roundsSums: Bool { configuration.ranks?.wire == .bf16 }

  /// The config's network for its data.
  private static func network(
    _ configuration: RunConfiguration, _ splits: DataSplits, microbatch: Int
  ) throws(ModelError) -> Network {
    var network = try Network(
      configuration.model, loss: configuration.loss, input: FeatureShape(splits.train.shape), outputs: splits.outputs,
      microbatch: microbatch, convolution: configuration.convolution, zeros: configuration.zeros,
      arithmetic: configuration.arithmetic,
      background: splits.preprocessing?.scale.background ?? [], transposes: mayTranspose(configuration))
    network.mixesSamples = SampleGatherer(splits.train, augmentations: configuration.data.augmentations).isMixing
    return network
  }

  /// Whether some step has so many samples that it pays to transpose weights.
  private static func mayTranspose(_ configuration: RunConfiguration) -> Bool {
    if case .batch = configuration.learningRate.decay { return true }
    return configuration.batch.size >= ZeroSkipping.transposeSamples
  }

  /// The run's network compiled for other microbatches: the same parameters, the same layers.
  package func network(microbatch: Int) throws(ModelError) -> Network {
    var network = try Self.network(configuration, splits, microbatch: microbatch)
    network.freeze(terms.map(\.isFrozen))
    return network
  }

  /// Samples of the largest shard of any batch.
  var largestShard: Int { largestShard(division) }

  /// The same with another division of the batches.
  func largestShard(_ division: BatchDivision) -> Int {
    division.largestShard(count: max(division.batch, calendar.largestBatch))
  }

  /// Steps of the first pass over the training set.
  package var stepsPerEpoch: Int { source.order.stepsPerEpoch }
}
