/// `failure.json`: how a run came to a number that is not finite, with all that replays it beside it.
package struct FailureRecord: Codable, Sendable, Equatable {
  /// Names of the files of a failure bundle.
  package enum FileName {
    /// The folder, in a run directory.
    package static let folder = "failure"
    /// This record.
    package static let record = "failure.json"
    /// The run's config.
    package static let configuration = "config.json"
    /// Weights, running statistics, optimizer state and progress before the step: a checkpoint.
    package static let weightsBefore = "weights-before.safetensors"
    /// The same after the step, where the step made them not finite.
    package static let weightsAfter = "weights-after.safetensors"
    /// The batch's average gradient, where passes of microbatches were finite.
    package static let gradient = "gradient.safetensors"
    /// One microbatch: inputs, what is to be predicted, places in the data set.
    package static let samples = "samples.safetensors"
  }

  /// The data set that a microbatch is of.
  package enum SampleSet: String, Codable, Sendable {
    case training, validation, test
  }

  /// What a network has to know of data that are not there.
  package struct Data: Codable, Sendable, Equatable {
    /// [height, width, channels], or [features].
    package var shape: [Int]
    package var trainingSamples: Int
    package var testSamples: Int
    package var validationSamples: Int?
    /// Of classes; `nil` for numbers to predict.
    package var classNames: [String]?
    /// Numbers to predict of a sample; `nil` for classes.
    package var width: Int?

    package init(shape: [Int], trainingSamples: Int, testSamples: Int, validationSamples: Int?) {
      self.shape = shape
      self.trainingSamples = trainingSamples
      self.testSamples = testSamples
      self.validationSamples = validationSamples
    }
  }

  /// A step before the failure.
  package struct Step: Codable, Sendable, Equatable {
    package var step: Int
    package var loss: Double?
    package var learningRate: Double?
    package var gradientNorm: Double?

    package init(step: Int, loss: Double?, learningRate: Double?, gradientNorm: Double?) {
      self.step = step
      self.loss = loss
      self.learningRate = learningRate
      self.gradientNorm = gradientNorm
    }
  }

  /// The run's name, and the version that ran.
  package var name: String
  package var isothermVersion: String
  /// What was noticed, and after how many steps.
  package var noticed: DivergenceRecord.Kind
  package var noticedAtStep: Int
  /// The step in which it arose, from 1; for an evaluation, the steps done before.
  package var step: Int
  package var epoch: Double
  package var learningRate: Double
  /// The last finite loss before.
  package var lastLoss: Double?
  /// Where it was first, in the order of shards, microbatches and layers.
  package var place: FailurePlace
  /// The set that the microbatch is of, and its samples; `nil` where no microbatch is at fault.
  package var set: SampleSet?
  package var samples: Int?
  /// The first of them, where they are in the set's order: those of an evaluation.
  package var firstSample: Int?
  /// Every layer, as the microbatch passed through it.
  package var layers: [LayerRange] = []
  /// Every tensor.
  package var tensors: [TensorRange] = []
  /// The network's inputs: one range a sample of the microbatch.
  package var inputs: [ValueRange] = []
  /// Sum of the microbatch's losses; `nil` where it is not finite or there is none.
  package var loss: Double?
  /// The last recorded steps.
  package var history: [Step] = []
  /// What could not be found, in words.
  package var notes: [String] = []
  /// SHA-256 of `config.json`, and of the data.
  package var configurationSHA256: String
  package var dataSHA256: String
  package var data: Data
  /// Kernel family and core of OpenBLAS: others round otherwise.
  package var kernels: String
  package var blasCore: String
  package var machine: MachineRecord?

  package init(
    name: String, isothermVersion: String, noticed: DivergenceRecord.Kind, noticedAtStep: Int, step: Int,
    epoch: Double, learningRate: Double, place: FailurePlace, configurationSHA256: String, dataSHA256: String,
    data: Data, kernels: String, blasCore: String
  ) {
    self.name = name
    self.isothermVersion = isothermVersion
    self.noticed = noticed
    self.noticedAtStep = noticedAtStep
    self.step = step
    self.epoch = epoch
    self.learningRate = learningRate
    self.place = place
    self.configurationSHA256 = configurationSHA256
    self.dataSHA256 = dataSHA256
    self.data = data
    self.kernels = kernels
    self.blasCore = blasCore
  }
}
