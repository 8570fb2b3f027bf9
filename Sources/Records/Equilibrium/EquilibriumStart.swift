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
