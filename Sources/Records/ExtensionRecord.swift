/// A run that went on for another number of steps than it was begun with: part of `summary.json`.
public struct ExtensionRecord: Codable, Sendable, Equatable {
  /// Steps taken by then; they stay as they were.
  public var step: Int
  /// Steps that the run was planned for before.
  public var plannedSteps: Int
  /// η of the last step by the schedule before; `nil` if there was none.
  public var learningRateBefore: Double?
  /// η of the next step by the schedule of the new length.
  public var learningRateAfter: Double

  public init(step: Int, plannedSteps: Int, learningRateBefore: Double?, learningRateAfter: Double) {
    self.step = step
    self.plannedSteps = plannedSteps
    self.learningRateBefore = learningRateBefore
    self.learningRateAfter = learningRateAfter
  }
}
