/// Numbers that a model cannot make a prediction of, or a prediction that it does not make.
public struct PredictionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What was found, and what is allowed.
  public let description: String
}
