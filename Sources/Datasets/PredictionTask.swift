/// What is to be predicted for each sample.
public enum PredictionTask: Sendable, Equatable, CustomStringConvertible {
  /// Which of the named classes it belongs to.
  case classification(classNames: [String])
  /// `width` real numbers.
  case regression(width: Int)

  /// Whether samples have classes rather than numbers.
  public var isClassification: Bool { if case .classification = self { true } else { false } }

  /// The number of values that a model must put out: classes, or target values.
  public var outputs: Int {
    switch self {
    case .classification(let classNames): classNames.count
    case .regression(let width): width
    }
  }

  /// The name of every class, by class number; empty for regression.
  public var classNames: [String] {
    if case .classification(let classNames) = self { classNames } else { [] }
  }

  public var description: String {
    switch self {
    case .classification(let classNames): "\(classNames.count) classes"
    case .regression(let width): "\(width) number\(width == 1 ? "" : "s") to predict"
    }
  }
}
