/// A smoother line through noisy values.
package enum Smoothing {
  /// Values that a window holds for a line of `count`: about a fiftieth of it, and 1 for short lines.
  package static func window(for count: Int) -> Int { count < 60 ? 1 : max(count / 50, 3) | 1 }

  /// The mean over `window` values about each point, fewer at the ends, in which values that are not finite are left
  /// out; where a point itself is not finite, its mean is NaN, so that a gap stays a gap.
  ///
  /// A centred mean is used rather than an exponential one because it does not lag behind a drop of the loss.
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
    return values.indices.map { index in
      guard values[index].isFinite else { return .nan }
      // The window shrinks evenly at the ends, so that a slope is not bent there.
      let reach = min(half, index, values.count - 1 - index)
      let (low, high) = (index - reach, index + reach + 1)
      return (sums[high] - sums[low]) / Double(counts[high] - counts[low])
    }
  }
}
