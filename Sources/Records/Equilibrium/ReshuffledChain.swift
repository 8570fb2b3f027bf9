/// A cell with one shuffle an epoch, against the same cell with independent draws.
package struct ReshuffledChain: Codable, Sendable, Equatable {
  package var learningRate: Double
  package var batch: Int
  package var momentum: Double
  package var temperatureIndex: Double
  package var excessLoss: Double
  package var excessLossError: Double
  /// The cell with independent draws.
  package var independentExcessLoss: Double
  package var independentError: Double
  package var isStationary: Bool

  package init(
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
