/// How well a score tells positive samples from negative ones, whatever threshold is chosen (Fawcett 2006).
package struct ReceiverOperatingCharacteristic: Sendable, Equatable {
  /// Shares of negative and of positive samples that lie at or above a threshold, from (0, 0) to (1, 1).
  package var points: [(falsePositives: Double, truePositives: Double)]
  /// The area below: the chance that a positive sample has a higher score than a negative one, equal scores counting half.
  package var area: Double

  /// The curve of some scores; `nil` unless there are positive and negative samples.
  package init?(scores: [Double], isPositive: [Bool]) {
    precondition(scores.count == isPositive.count, "\(scores.count) scores of \(isPositive.count) samples")
    let positives = isPositive.count { $0 }
    let negatives = isPositive.count - positives
    guard positives > 0, negatives > 0 else { return nil }
    let order = scores.indices.sorted { (scores[$0], $0) > (scores[$1], $1) }
    points = [(0, 0)]
    area = 0
    var (hits, alarms) = (0, 0)
    var index = 0
    while index < order.count {
      // Samples of one score are passed together: no threshold lies between them.
      let score = scores[order[index]]
      while index < order.count, scores[order[index]] == score {
        if isPositive[order[index]] { hits += 1 } else { alarms += 1 }
        index += 1
      }
      let point = (Double(alarms) / Double(negatives), Double(hits) / Double(positives))
      let last = points[points.count - 1]
      area += (point.0 - last.falsePositives) * (point.1 + last.truePositives) / 2
      points.append(point)
    }
  }

  package static func == (one: Self, other: Self) -> Bool {
    one.area == other.area && one.points.elementsEqual(other.points, by: ==)
  }
}
