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
