/// How far a classifier's confidence is from how often it is right: the expected calibration error (Guo et al. 2017, §2).
package struct CalibrationError: Sendable, Equatable {
  /// The samples whose confidence lies in an interval.
  package struct Bin: Sendable, Equatable {
    package var low: Double
    package var high: Double
    package var samples: Int
    /// Mean confidence and share right of these samples; 0 without samples.
    package var confidence: Double
    package var accuracy: Double
  }

  /// Intervals of equal width over (0, 1].
  package var bins: [Bin]
  /// Σ over bins of |accuracy − confidence| · samples ÷ all samples; 0 without samples.
  package var expected: Double

  /// The error of some samples, each with the probability of its predicted class, 0…1, and whether that is right.
  package init(confidences: [Double], isRight: [Bool], bins count: Int = 15) {
    precondition(confidences.count == isRight.count, "\(confidences.count) confidences of \(isRight.count) samples")
    var sums = Array(repeating: (samples: 0, confidence: 0.0, right: 0), count: count)
    for (confidence, isRight) in zip(confidences, isRight) {
      let bin = min(count - 1, max(0, Int((confidence * Double(count)).rounded(.up)) - 1))
      sums[bin].samples += 1
      sums[bin].confidence += confidence
      if isRight { sums[bin].right += 1 }
    }
    bins = sums.enumerated().map { index, sum in
      let samples = Double(max(1, sum.samples))
      return Bin(
        low: Double(index) / Double(count), high: Double(index + 1) / Double(count), samples: sum.samples,
        confidence: sum.confidence / samples, accuracy: Double(sum.right) / samples)
    }
    let all = Double(max(1, confidences.count))
    expected = bins.reduce(0) { $0 + abs($1.accuracy - $1.confidence) * Double($1.samples) / all }
  }
}
