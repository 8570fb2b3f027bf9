/// One training of a sweep.
public struct SweepCell: Codable, Sendable, Hashable {
  /// B.
  public var batch: Int
  /// Multiple of the scaled learning rate.
  public var learningRate: Double
  /// The config's `seed` in this cell.
  public var seed: UInt64
  public var rule: SweepRule

  /// A cell of the grid.
  public init(batch: Int, learningRate: Double, seed: UInt64, rule: SweepRule) {
    self.batch = batch
    self.learningRate = learningRate
    self.seed = seed
    self.rule = rule
  }
}
