/// How often samples of one class were taken for another.
public struct ClassMistake: Codable, Sendable, Equatable {
  /// Number of the class that the samples are of.
  public var trueClass: Int
  /// Number of the class that they were taken for.
  public var predictedClass: Int
  /// How many samples.
  public var count: Int

  /// A pair of different classes.
  public init(trueClass: Int, predictedClass: Int, count: Int) {
    self.trueClass = trueClass
    self.predictedClass = predictedClass
    self.count = count
  }

  /// The most frequent first, then by class numbers.
  static func sorted(_ mistakes: [ClassMistake]) -> [ClassMistake] {
    mistakes.sorted { ($1.count, $0.trueClass, $0.predictedClass) < ($0.count, $1.trueClass, $1.predictedClass) }
  }
}
