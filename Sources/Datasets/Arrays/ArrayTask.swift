/// `data.task` of arrays: whether the labels are classes or numbers to predict.
package enum ArrayTask: String, Sendable, CaseIterable {
  /// Decided by the training labels: text, whole numbers and one-hot rows are classes, and so are whole numbers in a
  /// format of real ones where few of them occur often; all others are numbers to predict.
  case auto
  case classification
  case regression

  /// Whether labels are numbers to predict; `nil` where they decide.
  var isRegression: Bool? {
    switch self {
    case .auto: nil
    case .classification: false
    case .regression: true
    }
  }

  /// Whether real numbers, all of which are whole, are taken for classes without being asked.
  ///
  /// Few values that occur often are class numbers that somebody stored as real ones; many values are measurements in
  /// whole units. Few: at most √`samples`; or 0, 1, … n − 1, each twice on average.
  static func looksLikeClasses(_ classes: LabelClasses, samples: Int) -> Bool {
    let count = classes.count
    guard count >= 2 else { return false }
    return count * count <= samples || classes.isCounting && (count == 2 || 2 * count <= samples)
  }
}
