/// `model.zeros`: what dense layers do about zeros in what they multiply. No bit of a result depends on it.
public enum ZeroMethod: String, Sendable, Equatable, CaseIterable {
  /// Products take only what is not zero, wherever a microbatch has so few of them that it pays.
  case skip
  /// Products take everything.
  case multiply
}
