/// What a config will do, before it does it: the result of `plan`.
public struct PlanRecord: Codable, Sendable, Equatable {
  /// One layer of the model.
  public struct Layer: Codable, Sendable, Equatable {
    /// As in the names of its tensors.
    public var name: String
    /// "dense", "conv2d 3×3, stride 2".
    public var kind: String
    /// Of one sample: [height, width, channels] or [features].
    public var outputShape: [Int]
    /// Trainable numbers.
    public var parameters: Int
    /// Floating-point operations of the forward pass of one sample, a multiplication and an addition counted as two.
    public var flopsPerSample: Int

    /// A layer.
    public init(name: String, kind: String, outputShape: [Int], parameters: Int, flopsPerSample: Int) {
      self.name = name
      self.kind = kind
      self.outputShape = outputShape
      self.parameters = parameters
      self.flopsPerSample = flopsPerSample
    }
  }

  /// One use of memory.
  public struct MemoryPart: Codable, Sendable, Equatable {
    /// What the memory is for, or what begins at the step.
    public var label: String
    /// How much of it.
    public var bytes: Int

    /// A use of memory.
    public init(_ label: String, bytes: Int) {
      self.label = label
      self.bytes = bytes
    }
  }

  /// The learning rate where its regime changes.
  public struct RateChange: Codable, Sendable, Equatable {
    /// The first step with this rate, from 0.
    public var step: Int
    /// Passes over the training set done before it.
    public var epoch: Double
    /// The rate of that step.
    public var learningRate: Double
    /// What begins here: "warmup", "scaled rate", "÷ 10".
    public var label: String?
    /// B of that step.
    public var batch: Int?
    /// η ÷ (B(1 − m)) of that step; `nil` for optimizers other than SGD.
    public var temperatureIndex: Double?

    /// A change of the learning rate.
    public init(
      step: Int, epoch: Double, learningRate: Double, label: String? = nil, batch: Int? = nil,
      temperatureIndex: Double? = nil
    ) {
      self.step = step
      self.epoch = epoch
      self.learningRate = learningRate
      self.label = label
      self.batch = batch
      self.temperatureIndex = temperatureIndex
    }
  }

  /// The config's name.
  public var name: String?
  /// Trainable numbers.
  public var parameters: Int
  /// Optimizer updates of the whole run.
  public var steps: Int
  /// Predicted peak.
  public var memoryBytes: Int
  /// The rate at every change of regime.
  public var learningRates: [RateChange]
  /// Passes over the training set.
  public var epochs: Double?
  /// Optimizer updates a pass; `nil` where the batch changes on the way.
  public var stepsPerEpoch: Int?
  /// B: samples of one step.
  public var batch: Int?
  /// k: parts of the batch with a gradient each.
  public var shards: Int?
  /// n: samples that go through the network at once.
  public var microbatch: Int?
  /// Workers that the run would have on this machine.
  public var threads: Int?
  /// Samples of the training set.
  public var trainSamples: Int?
  /// Samples of the test set.
  public var testSamples: Int?
  /// The method and its settings, in words.
  public var optimizer: String?
  /// Operations of the forward and backward pass of one sample.
  public var flopsPerSample: Int?
  /// The model, from its input on.
  public var layers: [Layer]?
  /// What the predicted peak is made of.
  public var memory: [MemoryPart]?
  /// How convolutions are computed, `auto` or `direct`; `nil` for a model without any.
  public var convolution: String?
  /// What the user should know before the run: more threads than shards, and the like.
  public var notes: [String]?

  /// A plan with the contract's keys; the others are set afterwards.
  public init(parameters: Int, steps: Int, memoryBytes: Int, learningRates: [RateChange]) {
    self.parameters = parameters
    self.steps = steps
    self.memoryBytes = memoryBytes
    self.learningRates = learningRates
  }
}
