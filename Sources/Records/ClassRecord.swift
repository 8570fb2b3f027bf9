/// What a record says of the classes of a test set, in a size that does not grow with their square.
///
/// Up to ``mostClassesOfMatrix`` classes there is the whole confusion matrix; beyond, the samples of every class and the
/// most frequent mistakes; beyond ``mostClassesNamed``, the mistakes alone.
public struct ClassRecord: Codable, Sendable, Equatable {
  /// Names of the classes, by number.
  public var classNames: [String]?
  /// Share of each class's test samples that is right; `nil` for a class without samples.
  public var perClassAccuracy: [Double?]?
  /// Test samples by true class (row) and predicted class (column).
  public var confusionMatrix: [[Int]]?
  /// Test samples of each class, where there is no matrix.
  public var samplesPerClass: [Int]?
  /// The pairs of classes that are most often mistaken, most often first, where there is no matrix.
  public var mistakes: [ClassMistake]?
  /// How many different pairs are mistaken, where there is no matrix.
  public var mistakenPairs: Int?

  /// Classes up to which the matrix is written.
  public static let mostClassesOfMatrix = 100
  /// Classes up to which there is a name and an accuracy each.
  public static let mostClassesNamed = 10_000
  /// Pairs that are written where there is no matrix.
  public static let mostMistakes = 200

  /// An empty record: of a regression.
  public init() {}

  /// The record of counts.
  public init(_ counts: ClassCounts, classNames: [String]) {
    if counts.classes <= Self.mostClassesNamed {
      self.classNames = classNames
      perClassAccuracy = counts.perClassAccuracy
    }
    guard counts.classes > Self.mostClassesOfMatrix else {
      confusionMatrix = counts.matrix
      return
    }
    if counts.classes <= Self.mostClassesNamed { samplesPerClass = counts.samples }
    mistakes = Array(counts.mistakes.prefix(Self.mostMistakes))
    mistakenPairs = counts.mistakes.count
  }

  /// The counts again, with the mistakes that the record keeps; `nil` where it has none, or too many classes.
  public var counts: ClassCounts? {
    if let confusionMatrix { return ClassCounts(matrix: confusionMatrix) }
    guard let samplesPerClass, let perClassAccuracy, perClassAccuracy.count == samplesPerClass.count else { return nil }
    let right = zip(samplesPerClass, perClassAccuracy).map { samples, accuracy in
      // A file may hold any number here; an accuracy is no more than 1.
      Int((Double(samples) * min(1, max(0, accuracy ?? 0))).rounded())
    }
    return ClassCounts(samples: samplesPerClass, right: right, mistakes: mistakes ?? [])
  }
}
