/// The config's `target`: one of the two.
public struct TargetRecord: Codable, Sendable, Equatable {
  /// At least this share of the test set right, 0…1.
  public var testAccuracy: Double?
  /// At most this mean loss over the test set.
  public var testLoss: Double?

  /// A target; one of the two is given.
  public init(testAccuracy: Double? = nil, testLoss: Double? = nil) {
    self.testAccuracy = testAccuracy
    self.testLoss = testLoss
  }
}
