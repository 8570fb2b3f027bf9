/// One training of a sweep.
package struct SweepCell: Codable, Sendable, Hashable {
  /// B.
  package var batch: Int
  /// Multiple of the scaled learning rate.
  package var learningRate: Double
  /// The config's `seed` in this cell.
  package var seed: UInt64
  package var rule: SweepRule

  /// A cell of the grid.
  package init(batch: Int, learningRate: Double, seed: UInt64, rule: SweepRule) {
    self.batch = batch
    self.learningRate = learningRate
    self.seed = seed
    self.rule = rule
  }
}
