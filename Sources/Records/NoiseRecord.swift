/// The gradient's noise scale at given weights.
package struct NoiseRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.noise

  /// The share of one tensor.
  package struct Layer: Codable, Sendable, Equatable {
    /// As in weight files.
    package var tensor: String
    package var parameters: Int
    package var gradientSquaredNorm: Double
    package var covarianceTrace: Double
    /// trΣ ÷ |G|² of this tensor alone; infinite where its |G|² came out as zero or less.
    @InfiniteIfNull package var noiseScale: Double

    package init(tensor: String, parameters: Int, gradientSquaredNorm: Double, covarianceTrace: Double) {
      self.tensor = tensor
      self.parameters = parameters
      self.gradientSquaredNorm = gradientSquaredNorm
      self.covarianceTrace = covarianceTrace
      noiseScale = gradientSquaredNorm > 0 ? max(0, covarianceTrace) / gradientSquaredNorm : .infinity
    }
  }

  package var name: String
  package var machine: MachineRecord
  /// The file of the weights; `nil` for initial ones.
  package var weights: String?
  /// B_noise = trΣ ÷ |G|², in samples; infinite (`null` in JSON) where |G|² cannot be told from zero.
  @InfiniteIfNull package var noiseScale: Double
  /// The 95 % interval; `high` may be infinite too.
  package var low: Double
  @InfiniteIfNull package var high: Double
  /// |G|² and trΣ, weight decay left out.
  package var gradientSquaredNorm: Double
  package var covarianceTrace: Double
  /// Whether G is the gradient over the whole training set rather than an estimate.
  package var isGradientExact: Bool
  /// Mean loss: over the whole set, or the drawn samples.
  package var loss: Double
  /// Independent draws in all, and of each of the independent gradients.
  package var samples: Int
  package var samplesPerGradient: Int
  package var trainSamples: Int
  package var parameters: Int
  /// The config's batch and the rate that its schedule gives it after warmup, momentum m.
  package var batch: Int
  package var learningRate: Double
  package var momentum: Double
  package var recommendation: Recommendation?
  /// Filled on request.
  package var layers: [Layer] = []
  package var notes: [String] = []

  /// Batch and learning rate that the noise scale suggests.
  package struct Recommendation: Codable, Sendable, Equatable {
    /// About B_noise, a power of two, at most the training set.
    package var batch: Int
    /// η_opt there, if the config's rate is the best at the config's batch.
    package var learningRate: Double
    /// η_max of η_opt(B) = η_max ÷ (1 + B_noise ÷ B)^p.
    package var largestLearningRate: Double
    /// p: 1 for SGD, ½ for optimizers that divide by the gradient's size; `nil` (earlier versions) is 1.
    package var exponent: Double?
    /// Why, in words.
    package var reasons: [String]

    package init(
      batch: Int, learningRate: Double, largestLearningRate: Double, exponent: Double? = nil, reasons: [String]
    ) {
      self.batch = batch
      self.learningRate = learningRate
      self.largestLearningRate = largestLearningRate
      self.exponent = exponent
      self.reasons = reasons
    }
  }

  package init(
    name: String, machine: MachineRecord, weights: String?, noiseScale: Double, low: Double, high: Double,
    gradientSquaredNorm: Double, covarianceTrace: Double, isGradientExact: Bool, loss: Double, samples: Int,
    samplesPerGradient: Int, trainSamples: Int, parameters: Int, batch: Int, learningRate: Double, momentum: Double
  ) {
    self.name = name
    self.machine = machine
    self.weights = weights
    self.noiseScale = noiseScale
    self.low = low
    self.high = high
    self.gradientSquaredNorm = gradientSquaredNorm
    self.covarianceTrace = covarianceTrace
    self.isGradientExact = isGradientExact
    self.loss = loss
    self.samples = samples
    self.samplesPerGradient = samplesPerGradient
    self.trainSamples = trainSamples
    self.parameters = parameters
    self.batch = batch
    self.learningRate = learningRate
    self.momentum = momentum
  }

  package var table: CSVTable {
    var table = CSVTable(columns: [
      "tensor", "parameters", "noiseScale", "low", "high", "gradientSquaredNorm", "covarianceTrace",
    ])
    table.append(["all", parameters, noiseScale, low, high, gradientSquaredNorm, covarianceTrace])
    for layer in layers {
      table.append([
        layer.tensor, layer.parameters, layer.noiseScale, nil, nil, layer.gradientSquaredNorm, layer.covarianceTrace,
      ])
    }
    return table
  }
}
