/// A chain whose loss was no longer finite.
public struct DivergedChain: Codable, Sendable, Equatable {
  public var learningRate: Double
  public var batch: Int
  public var momentum: Double
  /// Steps done.
  public var step: Int

  public init(learningRate: Double, batch: Int, momentum: Double, step: Int) {
    self.learningRate = learningRate
    self.batch = batch
    self.momentum = momentum
    self.step = step
  }
}
