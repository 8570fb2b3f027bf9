/// How the training loss is distributed once SGD has settled, over a grid of learning rates, batches and momenta.
public struct EquilibriumRecord: StudyRecord, Equatable {
  public static let kind = StudyKind.equilibrium

  public var name: String
  public var machine: MachineRecord
  /// Trained numbers.
  public var parameters: Int
  public var trainSamples: Int
  /// λ of the potential U = training loss + ½λ|w|², whose distribution this is.
  public var weightDecay: Double
  public var seed: UInt64
  /// Steps of each chain, and how often U was measured.
  public var steps: Int
  public var interval: Int
  /// U at the minimum.
  public var minimumLoss: Double
  /// |∇U| that is left there.
  public var minimumGradientNorm: Double
  /// trΣ at the minimum: the trace of the covariance of one sample's gradient.
  public var covarianceTrace: Double
  /// Samples that trΣ is from.
  public var covarianceSamples: Int
  /// The grid's cells, in its order, but for those that diverged.
  public var runs: [EquilibriumRun]
  public var diverged: [DivergedChain] = []
  public var collapse: Collapse
  /// The chains of one batch and momentum from a cold and from a hot start.
  public var starts: [EquilibriumStart] = []
  /// The same chains with one shuffle an epoch in place of independent draws.
  public var reshuffled: [ReshuffledChain] = []
  /// Curvature and noise at the minimum; only for models of at most some thousand parameters.
  public var spectrum: CurvatureSpectrum?
  /// Temperatures along the Hessian's directions, of some of the chains.
  public var directions: [DirectionTemperatures] = []
  /// Whether all directions have one temperature.
  public var equipartition: Equipartition?
  /// What a reader should know: keys of the config that were set aside, chains that left their basin.
  public var notes: [String] = []

  public init(
    name: String, machine: MachineRecord, parameters: Int, trainSamples: Int, weightDecay: Double, seed: UInt64,
    steps: Int, interval: Int, minimumLoss: Double, minimumGradientNorm: Double, covarianceTrace: Double,
    covarianceSamples: Int, runs: [EquilibriumRun], collapse: Collapse
  ) {
    self.name = name
    self.machine = machine
    self.parameters = parameters
    self.trainSamples = trainSamples
    self.weightDecay = weightDecay
    self.seed = seed
    self.steps = steps
    self.interval = interval
    self.minimumLoss = minimumLoss
    self.minimumGradientNorm = minimumGradientNorm
    self.covarianceTrace = covarianceTrace
    self.covarianceSamples = covarianceSamples
    self.runs = runs
    self.collapse = collapse
  }

  public var table: CSVTable {
    var table = CSVTable(columns: [
      "learningRate", "batch", "momentum", "temperatureIndex", "meanLoss", "meanLossError", "lossDeviation",
      "lossDeviationError", "excessLoss", "predictedExcessLoss", "quadraticExcessLoss", "equilibriumRatio",
      "burnInSteps", "isStationary", "correlationSteps", "effectiveSamples",
    ])
    for run in runs {
      table.append([
        run.learningRate, run.batch, run.momentum, run.temperatureIndex, run.meanLoss, run.meanLossError,
        run.lossDeviation, run.lossDeviationError, run.excessLoss, run.predictedExcessLoss, run.quadraticExcessLoss,
        run.equilibriumRatio, run.burnInSteps, run.isStationary, run.correlationSteps, run.effectiveSamples,
      ])
    }
    return table
  }
}

/// One cell of the grid at equilibrium.
public struct EquilibriumRun: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  /// η ÷ (B(1 − m)).
  public var temperatureIndex: Double
  /// Mean of U, its error, the deviation of U from step to step, its error; all after the burn-in.
  public var meanLoss: Double
  public var meanLossError: Double
  public var lossDeviation: Double
  public var lossDeviationError: Double
  /// Mean of U less its minimum; the error is ``meanLossError``.
  public var excessLoss: Double
  /// η·trΣ ÷ (4B(1 − m)): the limit of small η.
  public var predictedExcessLoss: Double
  /// The exact excess of a quadratic with the Hessian and noise of the minimum at this η; where they are known.
  public var quadraticExcessLoss: Double?
  /// E[w·∇U] ÷ ((1 + m) ÷ (2η) · E|Δw|²), w centred: 1 at equilibrium.
  public var equilibriumRatio: Double?
  /// Shares of the measured values in equal bins.
  public var histogram: LossHistogram
  /// 101 quantiles of U: 0 %, 1 %, … 100 %.
  public var quantiles: [Double]
  /// Steps before the stationary part begins, as the test found.
  public var burnInSteps: Int
  /// Whether the chain passed the test at all.
  public var isStationary: Bool
  /// Steps after which U has forgotten its value: the integrated autocorrelation time.
  public var correlationSteps: Double
  /// Independent values that the measured ones are worth.
  public var effectiveSamples: Double

  public init(
    learningRate: Double, batch: Int, momentum: Double, meanLoss: Double, meanLossError: Double, lossDeviation: Double,
    lossDeviationError: Double, excessLoss: Double, predictedExcessLoss: Double, quadraticExcessLoss: Double? = nil,
    equilibriumRatio: Double?, histogram: LossHistogram, quantiles: [Double], burnInSteps: Int, isStationary: Bool,
    correlationSteps: Double, effectiveSamples: Double
  ) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    temperatureIndex = TemperatureIndex.value(learningRate: learningRate, batch: batch, momentum: momentum)
    self.meanLoss = meanLoss
    self.meanLossError = meanLossError
    self.lossDeviation = lossDeviation
    self.lossDeviationError = lossDeviationError
    self.excessLoss = excessLoss
    self.predictedExcessLoss = predictedExcessLoss
    self.quadraticExcessLoss = quadraticExcessLoss
    self.equilibriumRatio = equilibriumRatio
    self.histogram = histogram
    self.quantiles = quantiles
    self.burnInSteps = burnInSteps
    self.isStationary = isStationary
    self.correlationSteps = correlationSteps
    self.effectiveSamples = effectiveSamples
  }
}

/// η ÷ (B(1 − m)), to which SGD's temperature is proportional (Smith & Le 2018; Mandt et al. 2017).
public enum TemperatureIndex {
  public static func value(learningRate: Double, batch: Int, momentum: Double) -> Double {
    learningRate / (Double(batch) * (1 - momentum))
  }
}

/// Counts in equal bins; there is one edge more than bins.
public struct LossHistogram: Codable, Sendable, Equatable {
  public var edges: [Double]
  public var counts: [Int]

  public init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }
}

/// A chain whose loss was no longer finite.
public struct DivergedChain: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  /// Steps done.
  public var step: Int

  public init(learningRate: Double, batch: Int, momentum: Double, step: Int) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    self.step = step
  }
}

/// Whether loss distributions at the same temperature index fall onto one another.
public struct Collapse: Codable, Sendable, Equatable {
  /// Two cells and the Kolmogorov–Smirnov distance of their losses.
  public struct Pair: Codable, Sendable, Equatable {
    /// Indices into the record's runs.
    public var first: Int
    public var second: Int
    /// 1, or about 2.
    public var temperatureRatio: Double
    public var distance: Double

    public init(first: Int, second: Int, temperatureRatio: Double, distance: Double) {
      self.first = first
      self.second = second
      self.temperatureRatio = temperatureRatio
      self.distance = distance
    }
  }

  /// Mean distance of the pairs at the same index; `nil` without such pairs.
  public var sameTemperature: Double?
  /// Mean distance of the pairs whose indices differ by a factor of two.
  public var otherTemperature: Double?
  /// The farthest pair at the same index, and the nearest at a factor of two.
  public var sameTemperatureLargest: Double?
  public var otherTemperatureLeast: Double?
  /// Mean distance to be expected of the pairs at the same index if their chains were independent draws from one
  /// distribution, as long and as correlated as they are.
  public var expectedBySampling: Double?
  public var pairs: [Pair]

  public init(pairs: [Pair], expectedBySampling: Double?) {
    self.pairs = pairs
    self.expectedBySampling = expectedBySampling
    func mean(_ values: [Double]) -> Double? { values.isEmpty ? nil : values.reduce(0, +) / Double(values.count) }
    let same = pairs.filter { abs($0.temperatureRatio - 1) < 0.5 }.map(\.distance)
    let other = pairs.filter { abs($0.temperatureRatio - 1) >= 0.5 }.map(\.distance)
    sameTemperature = mean(same)
    otherTemperature = mean(other)
    sameTemperatureLargest = same.max()
    otherTemperatureLeast = other.min()
  }
}

/// One point of a chain's course.
public struct ChainPoint: Codable, Sendable, Equatable {
  public var step: Int
  public var loss: Double

  public init(step: Int, loss: Double) {
    self.step = step
    self.loss = loss
  }
}

/// A cell begun at the minimum and again from a hotter equilibrium: both must end at the same level.
public struct EquilibriumStart: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  public var temperatureIndex: Double
  /// How many times as hot the hot chain was at first, and for how many steps.
  public var hotFactor: Double
  public var hotSteps: Int
  /// Mean U of the stationary parts, with errors.
  public var coldMeanLoss: Double
  public var coldError: Double
  public var hotMeanLoss: Double
  public var hotError: Double
  public var coldTrace: [ChainPoint]
  public var hotTrace: [ChainPoint]

  public init(
    learningRate: Double, batch: Int, momentum: Double, hotFactor: Double, hotSteps: Int, coldMeanLoss: Double,
    coldError: Double, hotMeanLoss: Double, hotError: Double, coldTrace: [ChainPoint], hotTrace: [ChainPoint]
  ) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    temperatureIndex = TemperatureIndex.value(learningRate: learningRate, batch: batch, momentum: momentum)
    self.hotFactor = hotFactor
    self.hotSteps = hotSteps
    self.coldMeanLoss = coldMeanLoss
    self.coldError = coldError
    self.hotMeanLoss = hotMeanLoss
    self.hotError = hotError
    self.coldTrace = coldTrace
    self.hotTrace = hotTrace
  }

  /// Distance of the two levels in deviations of their difference.
  public var score: Double {
    let error = (coldError * coldError + hotError * hotError).squareRoot()
    return error > 0 ? abs(coldMeanLoss - hotMeanLoss) / error : 0
  }
}

/// A cell with one shuffle an epoch, against the same cell with independent draws.
public struct ReshuffledChain: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  public var temperatureIndex: Double
  public var excessLoss: Double
  public var excessLossError: Double
  /// The cell with independent draws.
  public var independentExcessLoss: Double
  public var independentError: Double
  public var isStationary: Bool

  public init(
    learningRate: Double, batch: Int, momentum: Double, excessLoss: Double, excessLossError: Double,
    independentExcessLoss: Double, independentError: Double, isStationary: Bool
  ) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    temperatureIndex = TemperatureIndex.value(learningRate: learningRate, batch: batch, momentum: momentum)
    self.excessLoss = excessLoss
    self.excessLossError = excessLossError
    self.independentExcessLoss = independentExcessLoss
    self.independentError = independentError
    self.isStationary = isStationary
  }
}

/// The Hessian's eigenvalues at the minimum, ascending, and the variance of one sample's gradient along each direction.
public struct CurvatureSpectrum: Codable, Sendable, Equatable {
  public var eigenvalues: [Double]
  public var covariances: [Double]
  /// Curvatures up to this one count as flat.
  public var flatness: Double

  public init(eigenvalues: [Double], covariances: [Double], flatness: Double) {
    self.eigenvalues = eigenvalues
    self.covariances = covariances
    self.flatness = flatness
  }
}

/// T_i = λ_i·Var_i along the Hessian's directions.
public struct DirectionTemperatures: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  /// η·trΣ ÷ (2B(1 − m)d): the one temperature that all directions would have if the noise were like the curvature.
  public var meanTemperature: Double
  /// Measured, in the order of the spectrum's eigenvalues.
  public var temperatures: [Double]
  /// What the quadratic with the measured C_ii has at this η; 0 along flat directions.
  public var predicted: [Double]

  public init(
    learningRate: Double, batch: Int, momentum: Double, meanTemperature: Double, temperatures: [Double],
    predicted: [Double]
  ) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    self.meanTemperature = meanTemperature
    self.temperatures = temperatures
    self.predicted = predicted
  }
}

/// Whether the directions share one temperature, as a Gibbs distribution's do, and if not, why.
public struct Equipartition: Codable, Sendable, Equatable {
  public var holds: Bool
  /// The tenth and the ninetieth percentile of T_i over directions that are not flat, over the median.
  public var low: Double
  public var high: Double
  /// Directions looked at, and those left out as flat.
  public var directions: Int
  public var flatDirections: Int
  /// In words.
  public var reasons: [String]

  public init(holds: Bool, low: Double, high: Double, directions: Int, flatDirections: Int, reasons: [String]) {
    self.holds = holds
    self.low = low
    self.high = high
    self.directions = directions
    self.flatDirections = flatDirections
    self.reasons = reasons
  }
}
