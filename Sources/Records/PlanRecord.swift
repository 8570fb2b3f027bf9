/// What a config will do, before it does it: the result of `plan`.
package struct PlanRecord: Codable, Sendable, Equatable {
  /// One layer of the model.
  package struct Layer: Codable, Sendable, Equatable {
    /// As in the names of its tensors.
    package var name: String
    /// "dense", "conv2d 3×3, stride 2".
    package var kind: String
    /// Of one sample: [height, width, channels] or [features].
    package var outputShape: [Int]
    /// Trainable numbers.
    package var parameters: Int
    /// Floating-point operations of the forward pass of one sample, a multiplication and an addition counted as two.
    package var flopsPerSample: Int

    /// A layer.
    package init(name: String, kind: String, outputShape: [Int], parameters: Int, flopsPerSample: Int) {
      self.name = name
      self.kind = kind
      self.outputShape = outputShape
      self.parameters = parameters
      self.flopsPerSample = flopsPerSample
    }
  }

  /// The part of one rank.
  package struct Rank: Codable, Sendable, Equatable {
    /// From 0.
    package var rank: Int
    /// Shards whose gradients it computes.
    package var shards: Int
    /// Parameters that it updates, whose optimizer state it keeps.
    package var parameters: Int
    /// Bytes that it sends and receives in a step.
    package var sentBytes: Int
    package var receivedBytes: Int

    /// The part of a rank.
    package init(rank: Int, shards: Int, parameters: Int, sentBytes: Int, receivedBytes: Int) {
      self.rank = rank
      self.shards = shards
      self.parameters = parameters
      self.sentBytes = sentBytes
      self.receivedBytes = receivedBytes
    }
  }

  /// One use of memory.
  package struct MemoryPart: Codable, Sendable, Equatable {
    /// What the memory is for, or what begins at the step.
    package var label: String
    /// How much of it.
    package var bytes: Int

    /// A use of memory.
    package init(_ label: String, bytes: Int) {
      self.label = label
      self.bytes = bytes
    }
  }

  /// The learning rate where its regime changes.
  package struct RateChange: Codable, Sendable, Equatable {
    /// The first step with this rate, from 0.
    package var step: Int
    /// Passes over the training set done before it.
    package var epoch: Double
    /// The rate of that step.
    package var learningRate: Double
    /// What begins here: "warmup", "scaled rate", "÷ 10".
    package var label: String?
    /// B of that step.
    package var batch: Int?
    /// η ÷ (B(1 − m)) of that step; `nil` for optimizers other than SGD.
    package var temperatureIndex: Double?

    /// A change of the learning rate.
    package init(
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
  package var name: String?
  /// Trainable numbers.
  package var parameters: Int
  /// Optimizer updates of the whole run.
  package var steps: Int
  /// Predicted peak.
  package var memoryBytes: Int
  /// The rate at every change of regime.
  package var learningRates: [RateChange]
  /// Passes over the training set.
  package var epochs: Double?
  /// Optimizer updates a pass; `nil` where the batch changes on the way.
  package var stepsPerEpoch: Int?
  /// B: samples of one step.
  package var batch: Int?
  /// k: parts of the batch with a gradient each.
  package var shards: Int?
  /// n: samples that go through the network at once.
  package var microbatch: Int?
  /// Workers that the run would have on this machine.
  package var threads: Int?
  /// Samples of the training set.
  package var trainSamples: Int?
  /// Samples of the test set.
  package var testSamples: Int?
  /// The method and its settings, in words.
  package var optimizer: String?
  /// Operations of the forward and backward pass of one sample.
  package var flopsPerSample: Int?
  /// The model, from its input on.
  package var layers: [Layer]?
  /// What the predicted peak is made of.
  package var memory: [MemoryPart]?
  /// What each rank of a run over several processes would do, where it was asked for.
  package var ranks: [Rank]?
  /// How convolutions are computed, `auto` or `direct`; `nil` for a model without any.
  package var convolution: String?
  /// Which machines repeat the run to the bit, `machine` or `portable`.
  package var arithmetic: String?
  /// What the user should know before the run: more threads than shards, and the like.
  package var notes: [String]?

  /// A plan with the contract's keys; the others are set afterwards.
  package init(parameters: Int, steps: Int, memoryBytes: Int, learningRates: [RateChange]) {
    self.parameters = parameters
    self.steps = steps
    self.memoryBytes = memoryBytes
    self.learningRates = learningRates
  }
}
