/// Thins a line to what a plot can show.
package enum Decimation {
  /// Indices of the points to keep, rising, and after which of them the line is broken.
  ///
  /// The line is cut into `buckets` by position; of each, the first, least, greatest and last value stay, so that a
  /// spike of a single point survives. A value that is not finite leaves a gap. `position` maps x to 0…1.
  ///
  /// - Complexity: O(n).
  package static func kept(
    _ points: [ChartPoint], buckets: Int = 200, position: (Double) -> Double, isShown: (ChartPoint) -> Bool
  ) -> [(index: Int, breaksAfter: Bool)] {
    var indices: [Int] = []
    // A short line keeps every point.
    if points.count <= buckets * 4 {
      indices = points.indices.filter { isShown(points[$0]) }
    } else {
      var bucket: [Int] = []
      var current = Int.min
      func flush() {
        guard let first = bucket.first, let last = bucket.last else { return }
        let least = bucket.min { points[$0].y < points[$1].y } ?? first
        let greatest = bucket.max { points[$0].y < points[$1].y } ?? first
        indices += Set([first, least, greatest, last]).sorted()
        bucket.removeAll(keepingCapacity: true)
      }
      for index in points.indices where isShown(points[index]) {
        let place = min(max(position(points[index].x), 0), 1)
        let number = min(Int(within: place * Double(buckets)), buckets - 1)
        if number != current {
          flush()
          current = number
        }
        bucket.append(index)
      }
      flush()
    }
    return indices.enumerated().map { place, index in
      guard place + 1 < indices.count else { return (index, true) }
      let between = (index + 1)..<indices[place + 1]
      return (index, between.contains { !isShown(points[$0]) })
    }
  }
}
