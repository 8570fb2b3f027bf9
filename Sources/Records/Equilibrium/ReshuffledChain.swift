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
