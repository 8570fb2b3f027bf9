/// T_i = λ_i·Var_i along the Hessian's directions.
package struct DirectionTemperatures: Codable, Sendable, Equatable {
  package var learningRate: Double
  package var batch: Int
  package var momentum: Double
  /// η·trΣ ÷ (2B(1 − m)d): the one temperature that all directions would have if the noise were like the curvature.
  package var meanTemperature: Double
  /// Measured, in the order of the spectrum's eigenvalues.
  package var temperatures: [Double]
  /// What the quadratic with the measured C_ii has at this η; 0 along flat directions.
  package var predicted: [Double]

  package init(
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
