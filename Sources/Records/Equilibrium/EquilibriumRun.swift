/// One cell of the grid at equilibrium.
package struct EquilibriumRun: Codable, Sendable, Equatable {
  package var learningRate: Double
  package var batch: Int
  package var momentum: Double
  /// η ÷ (B(1 − m)).
  package var temperatureIndex: Double
  /// Mean of U, its error, the deviation of U from step to step, its error; all after the burn-in.
  package var meanLoss: Double
  package var meanLossError: Double
  package var lossDeviation: Double
  package var lossDeviationError: Double
  /// Mean of U less its minimum; the error is ``meanLossError``.
  package var excessLoss: Double
  /// η·trΣ ÷ (4B(1 − m)): the limit of small η.
  package var predictedExcessLoss: Double
  /// The exact excess of a quadratic with the Hessian and noise of the minimum at this η; where they are known.
  package var quadraticExcessLoss: Double?
  /// E[w·∇U] ÷ ((1 + m) ÷ (2η) · E|Δw|²), w centred: 1 at equilibrium.
  package var equilibriumRatio: Double?
  /// Shares of the measured values in equal bins.
  package var histogram: LossHistogram
  /// 101 quantiles of U: 0 %, 1 %, … 100 %.
  package var quantiles: [Double]
  /// Steps before the stationary part begins, as the test found.
  package var burnInSteps: Int
  /// Whether the chain passed the test at all.
  package var isStationary: Bool
  /// Steps after which U has forgotten its value: the integrated autocorrelation time.
  package var correlationSteps: Double
  /// Independent values that the measured ones are worth.
  package var effectiveSamples: Double

  package init(
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

/// Counts in equal bins; there is one edge more than bins.
package struct LossHistogram: Codable, Sendable, Equatable {
  package var edges: [Double]
  package var counts: [Int]

  package init(edges: [Double], counts: [Int]) {
    self.edges = edges
    self.counts = counts
  }
}
