/// A smoother line through noisy values.
package enum Smoothing {
  /// Values that a window holds for a line of `count`: about a fiftieth of it, and 1 for short lines.
  package static func window(for count: Int) -> Int { count < 60 ? 1 : max(count / 50, 3) | 1 }

  /// The mean over `window` values about each point, in which values that are not finite are left out; where a point
  /// itself is not finite, its mean is NaN, so that a gap stays a gap.
  ///
  /// A centred mean is used rather than an exponential one because it does not lag behind a drop of the loss. At the
  /// start the window shrinks evenly, so that the line begins with the first value. At the end, where a shrinking window
  /// would draw the noise of single values as a spike, the line through the last window goes on to the last value. A
  /// straight line stays as it is.
  ///
  /// - Complexity: O(n).
  package static func centredMean(_ values: [Double], window: Int) -> [Double] {
    let half = max(window, 1) / 2
    var sums = [0.0]
    var counts = [0]
    for value in values {
      sums.append(sums[sums.count - 1] + (value.isFinite ? value : 0))
      counts.append(counts[counts.count - 1] + (value.isFinite ? 1 : 0))
    }
    let isLong = values.count > 2 * half
    let ending = line(through: values, from: max(0, values.count - 2 * half - 1))
    return values.indices.map { index in
      guard values[index].isFinite else { return .nan }
      if isLong, index + half >= values.count { return ending(index) }
      let reach = min(half, index, values.count - 1 - index)
      let (low, high) = (index - reach, index + reach + 1)
      return (sums[high] - sums[low]) / Double(counts[high] - counts[low])
    }
  }

  /// The least-squares line through the finite values from an index on.
  private static func line(through values: [Double], from first: Int) -> (Int) -> Double {
    let points = values.indices[first...].filter { values[$0].isFinite }.map { (x: Double($0), y: values[$0]) }
    let count = Double(max(points.count, 1))
    let (x, y) = (points.reduce(0) { $0 + $1.x } / count, points.reduce(0) { $0 + $1.y } / count)
    let spread = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    let slope = spread > 0 ? points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) } / spread : 0
    return { y + slope * (Double($0) - x) }
  }
}
