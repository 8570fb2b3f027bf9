/// How the training loss is distributed once SGD has settled, over a grid of learning rates, batches and momenta.
package struct EquilibriumRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.equilibrium

  package var name: String
  package var machine: MachineRecord
  /// Trained numbers.
  package var parameters: Int
  package var trainSamples: Int
  /// λ of the potential U = training loss + ½λ|w|², whose distribution this is.
  package var weightDecay: Double
  package var seed: UInt64
  /// Steps of each chain, and how often U was measured.
  package var steps: Int
  package var interval: Int
  /// U at the minimum.
  package var minimumLoss: Double
  /// |∇U| that is left there.
  package var minimumGradientNorm: Double
  /// trΣ at the minimum: the trace of the covariance of one sample's gradient.
  package var covarianceTrace: Double
  /// Samples that trΣ is from.
  package var covarianceSamples: Int
  /// The grid's cells, in its order, but for those that diverged.
  package var runs: [EquilibriumRun]
  package var diverged: [DivergedChain] = []
  package var collapse: Collapse
  /// The chains of one batch and momentum from a cold and from a hot start.
  package var starts: [EquilibriumStart] = []
  /// The same chains with one shuffle an epoch in place of independent draws.
  package var reshuffled: [ReshuffledChain] = []
  /// Curvature and noise at the minimum; only for models of at most some thousand parameters.
  package var spectrum: CurvatureSpectrum?
  /// Temperatures along the Hessian's directions, of some of the chains.
  package var directions: [DirectionTemperatures] = []
  /// Whether all directions have one temperature.
  package var equipartition: Equipartition?
  /// What a reader should know: keys of the config that were set aside, chains that left their basin.
  package var notes: [String] = []

  package init(
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

  package var table: CSVTable {
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
