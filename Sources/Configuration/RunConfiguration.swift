import Calendars
import Kernels
import Optimizers
import Models
import Datasets

/// Everything that decides the result of a run, and nothing else does: with portable arithmetic on no CPU, else on those
/// with the same kernels and OpenBLAS.
///
/// `decode` makes one from JSON, with every default filled in and every rule checked. One that is made in Swift is
/// checked by `validate`.
public struct RunConfiguration: Sendable, Equatable {
  /// Names the run directory.
  public var name: String
  /// Key of every random number of the run.
  public var seed: UInt64
  public var data: DataConfiguration
  public var model: ModelConfiguration
  /// `model.convolution`.
  public var convolution: ConvolutionMethod
  /// `model.zeros`.
  public var zeros = ZeroMethod.skip
  /// Which machines repeat the run to the bit.
  public var arithmetic = Arithmetic.machine
  public var loss: LossConfiguration
  public var batch: BatchConfiguration
  public var optimizer: OptimizerConfiguration
  public var learningRate: LearningRateConfiguration
  public var temperature: TemperatureConfiguration
  /// Length of the run: `epochs` or `steps` of the config.
  public var length: Span
  public var evaluate: EvaluationConfiguration
  public var checkpoint: CheckpointConfiguration
  /// Stops the run when it is reached.
  public var target: TargetConfiguration?
  /// Stops the run when nothing gets better any more.
  public var stop: StopConfiguration?
  /// Files for other programs.
  public var log = LogConfiguration()
  /// Digests on the way, for an audit.
  public var receipt: ReceiptConfiguration?
  /// `guard`: shards that are computed twice.
  public var guarding: GuardConfiguration?
  /// How ranks of a run over several processes speak to one another.
  public var ranks: RanksConfiguration?
  public var threads: ThreadCount
  /// `pin`: whether workers are held to cores.
  public var isPinned = true

  public init(
    name: String, seed: UInt64, data: DataConfiguration, model: ModelConfiguration, loss: LossConfiguration,
    batch: BatchConfiguration, optimizer: OptimizerConfiguration, learningRate: LearningRateConfiguration,
    temperature: TemperatureConfiguration = TemperatureConfiguration(), length: Span, evaluate: EvaluationConfiguration,
    checkpoint: CheckpointConfiguration, target: TargetConfiguration?, threads: ThreadCount,
    convolution: ConvolutionMethod = .auto
  ) {
    self.name = name
    self.seed = seed
    self.data = data
    self.model = model
    self.convolution = convolution
    self.loss = loss
    self.batch = batch
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.temperature = temperature
    self.length = length
    self.evaluate = evaluate
    self.checkpoint = checkpoint
    self.target = target
    self.threads = threads
  }
}

/// Number of worker threads.
public enum ThreadCount: Sendable, Equatable {
  /// The least of the CPU affinity, the cgroup quota and the shards.
  case auto
  case count(Int)
}

/// `evaluate`: how often the validation set, or without one the test set, is measured; always at the end.
public struct EvaluationConfiguration: Sendable, Equatable {
  public var every: Span
  /// Training samples over which the statistics of batch norm are taken anew, with the weights of the moment, for every
  /// evaluation; `nil` measures with the running averages of training.
  public var batchNormSamples: Int?
  /// Views of each sample over which the network's outputs are averaged; `nil` is the sample as it is.
  public var views: EvaluationViews?
  public init(every: Span, batchNormSamples: Int? = nil, views: EvaluationViews? = nil) {
    self.every = every
    self.views = views
    self.batchNormSamples = batchNormSamples
  }
}

/// `checkpoint`: how often the run is saved, and how many saves stay (besides the best).
public struct CheckpointConfiguration: Sendable, Equatable {
  public var every: Span
  public var keep: Int
  /// Whether a save waits where the ones before took more than a tenth of the time.
  public var isPaced: Bool
  public init(every: Span, keep: Int, isPaced: Bool = false) {
    self.every = every
    self.keep = keep
    self.isPaced = isPaced
  }
}

/// `stop`: the run stops early, when evaluations get no better.
public struct StopConfiguration: Sendable, Equatable {
  /// Evaluations in a row, none of them the best so far, after which the run is over.
  public var patience: Int
  public init(patience: Int) { self.patience = patience }
}

/// `target`: the run stops at the first evaluation that reaches it.
public enum TargetConfiguration: Sendable, Equatable {
  /// At least this share right of the test set, or of the validation set where there is one, 0…1.
  case testAccuracy(Double)
  /// At most this mean loss there.
  case testLoss(Double)
}
