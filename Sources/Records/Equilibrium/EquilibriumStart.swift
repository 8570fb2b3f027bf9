/// One point of a chain's course.
package struct ChainPoint: Codable, Sendable, Equatable {
  package var step: Int
  package var loss: Double

  package init(step: Int, loss: Double) {
    self.step = step
    self.loss = loss
  }
}

/// A cell begun at the minimum and again from a hotter equilibrium: both must end at the same level.
package struct EquilibriumStart: Codable, Sendable, Equatable {
  package var learningRate: Double
  package var batch: Int
  package var momentum: Double
  package var temperatureIndex: Double
  /// How many times as hot the hot chain was at first, and for how many steps.
  package var hotFactor: Double
  package var hotSteps: Int
  /// Mean U of the stationary parts, with errors.
  package var coldMeanLoss: Double
  package var coldError: Double
  package var hotMeanLoss: Double
  package var hotError: Double
  package var coldTrace: [ChainPoint]
  package var hotTrace: [ChainPoint]

  package init(
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
  package var score: Double {
    let error = (coldError * coldError + hotError * hotError).squareRoot()
    return error > 0 ? abs(coldMeanLoss - hotMeanLoss) / error : 0
  }
}
