/// A learning-rate range test: the loss while the rate rises from step to step.
package struct RateRecord: StudyRecord, Equatable {
  package static let kind = StudyKind.rate

  /// One step.
  package struct Point: Codable, Sendable, Equatable {
    /// Steps done with it, from 1.
    package var step: Int
    /// η of the step.
    package var learningRate: Double
    /// Mean loss of the step's batch, before its update.
    package var loss: Double
    /// The mean loss of the steps around it.
    package var smoothedLoss: Double

    package init(step: Int, learningRate: Double, loss: Double, smoothedLoss: Double) {
      self.step = step
      self.learningRate = learningRate
      self.loss = loss
      self.smoothedLoss = smoothedLoss
    }
  }

  package var name: String
  package var machine: MachineRecord
  /// The rule, as the config names it.
  package var optimizer: String
  package var batch: Int
  /// Steps that the test was planned for, and its ends.
  package var plannedSteps: Int
  package var low: Double
  package var high: Double
  package var points: [Point]
  /// η at which the loss was beyond four times its least, or no finite number; `nil` if it never was.
  package var divergedAtLearningRate: Double?
  /// η of the least smoothed loss.
  package var lowestLossLearningRate: Double
  /// η at which the smoothed loss falls fastest with ln η; `nil` if it never falls.
  package var steepestLearningRate: Double?
  /// η for the config's batch: a tenth of where the loss diverges, or a third of where it is least; `nil` if it never falls.
  package var suggestedLearningRate: Double?
  /// The same for `learningRate.reference`, by the config's scaling from the reference batch.
  package var referenceLearningRate: Double?
  /// `learningRate.reference` of the config, and the rate that it makes for the batch.
  package var configReferenceLearningRate: Double
  package var configLearningRate: Double
  package var referenceBatch: Int
  package var seconds: Double
  package var notes: [String] = []

  package init(
    name: String, machine: MachineRecord, optimizer: String, batch: Int, plannedSteps: Int, low: Double, high: Double,
    points: [Point], lowestLossLearningRate: Double, configReferenceLearningRate: Double, configLearningRate: Double,
    referenceBatch: Int, seconds: Double
  ) {
    self.name = name
    self.machine = machine
    self.optimizer = optimizer
    self.batch = batch
    self.plannedSteps = plannedSteps
    self.low = low
    self.high = high
    self.points = points
    self.lowestLossLearningRate = lowestLossLearningRate
    self.configReferenceLearningRate = configReferenceLearningRate
    self.configLearningRate = configLearningRate
    self.referenceBatch = referenceBatch
    self.seconds = seconds
  }

  package var table: CSVTable {
    var table = CSVTable(columns: ["step", "learningRate", "loss", "smoothedLoss"])
    for point in points { table.append([point.step, point.learningRate, point.loss, point.smoothedLoss]) }
    return table
  }
}
