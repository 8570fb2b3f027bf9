/// Test samples by true and predicted class: a confusion matrix that holds only the pairs that occur.
///
/// Takes O(samples + classes) to count and to keep; the matrix itself would have classes² numbers.
public struct ClassCounts: Sendable, Equatable {
  /// Samples of each class, by class number.
  public private(set) var samples: [Int]
  /// Those of them that were predicted to be of it.
  public private(set) var right: [Int]
  /// Pairs of a class and another that its samples were taken for: the most frequent first, then by class numbers.
  public private(set) var mistakes: [ClassMistake]

  /// Counts samples by their true classes, in 0..<classes, and predicted ones; a predicted class below 0 is none, so that
  /// the sample is counted but neither right nor taken for another.
  public init(classes: Int, labels: some Collection<Int32>, predictions: some Collection<Int32>) {
    precondition(labels.count == predictions.count, "\(labels.count) labels, \(predictions.count) predictions")
    samples = Array(repeating: 0, count: classes)
    right = samples
    var pairs: [Int: Int] = [:]
    for (label, prediction) in zip(labels, predictions) {
      samples[Int(label)] += 1
      if label == prediction {
        right[Int(label)] += 1
      } else if prediction >= 0 {
        pairs[Int(label) * classes + Int(prediction), default: 0] += 1
      }
    }
    mistakes = ClassMistake.sorted(
      pairs.map { ClassMistake(trueClass: $0 / classes, predictedClass: $0 % classes, count: $1) })
  }

  /// Counts from what a record keeps; `nil` where the lengths do not fit. `mistakes` may be the most frequent ones alone.
  public init?(samples: [Int], right: [Int], mistakes: [ClassMistake]) {
    let classes = samples.indices
    guard samples.count == right.count, !samples.isEmpty,
      mistakes.allSatisfy({ classes.contains($0.trueClass) && classes.contains($0.predictedClass) })
    else { return nil }
    self.samples = samples
    self.right = right
    self.mistakes = ClassMistake.sorted(mistakes)
  }

  /// Counts from a whole matrix, `matrix[true][predicted]`; `nil` where it is not square or has no class.
  public init?(matrix: [[Int]]) {
    guard !matrix.isEmpty, matrix.allSatisfy({ $0.count == matrix.count }) else { return nil }
    samples = matrix.map { $0.reduce(0, +) }
    right = matrix.indices.map { matrix[$0][$0] }
    mistakes = ClassMistake.sorted(
      matrix.indices.flatMap { row in
        matrix.indices.filter { $0 != row && matrix[row][$0] > 0 }.map {
          ClassMistake(trueClass: row, predictedClass: $0, count: matrix[row][$0])
        }
      })
  }

  /// Number of classes.
  public var classes: Int { samples.count }
  /// All samples.
  public var total: Int { samples.reduce(0, +) }
  /// Samples that are right.
  public var correct: Int { right.reduce(0, +) }

  /// Share of a class's samples that is right, 0…1; `nil` for a class without samples.
  public func accuracy(of index: Int) -> Double? {
    samples[index] > 0 ? Double(right[index]) / Double(samples[index]) : nil
  }

  /// ``accuracy(of:)`` of every class.
  public var perClassAccuracy: [Double?] { samples.indices.map(accuracy) }

  /// The whole matrix, `[true][predicted]`: classes² numbers, so only for few classes.
  public var matrix: [[Int]] {
    var matrix = Array(repeating: Array(repeating: 0, count: classes), count: classes)
    for index in samples.indices { matrix[index][index] = right[index] }
    for mistake in mistakes { matrix[mistake.trueClass][mistake.predictedClass] = mistake.count }
    return matrix
  }

  /// Bytes that counting and keeping the counts of so many samples and classes takes at most.
  public static func bytes(classes: Int, samples: Int) -> Int {
    // Each list twice, as an evaluation is still kept while the next one counts; a pair stands in a hash table, at worst
    // half full and being copied to one of twice the size, and in the list.
    let pairs = min(samples, classes.multipliedReportingOverflow(by: classes).partialValue)
    return 2 * (2 * classes * MemoryLayout<Int>.stride + pairs * MemoryLayout<ClassMistake>.stride) + pairs * 6 * 16
  }
}
