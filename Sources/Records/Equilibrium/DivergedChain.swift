/// A chain whose loss was no longer finite.
package struct DivergedChain: Codable, Sendable, Equatable {
  package var learningRate: Double
  package var batch: Int
  package var momentum: Double
  /// Steps done.
  package var step: Int

  package init(learningRate: Double, batch: Int, momentum: Double, step: Int) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    self.step = step
  }
}
