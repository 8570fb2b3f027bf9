import Kernels

/// Refuses samples whose normalised numbers a network cannot compute with.
///
/// A test table may hold what stands for "no data" (−3.4e38 in maps, 1e30 elsewhere). Divided by the training set's
/// deviation it is infinite, or its products are, and the test loss would be NaN for the sake of one cell. A training
/// set that is standardised has no number beyond the square root of its count.
enum InputRange {
  /// Products of two such numbers still fit a float with room for sums.
  static let limit = 1e18

  /// Throws a ``DataError`` that names the first such number's file, row and column.
  static func check(_ dataset: Dataset, _ normalizer: Normalizer) throws(DataError) {
    guard case .floats(let buffer) = dataset.samples else { return }
    let channels = dataset.shape.channels
    // First the range of every column, which is fast; the place is looked for only where there is one.
    let (lows, highs) = range(dataset, buffer.view)
    func normalized(_ stored: Float, _ channel: Int) -> Double {
      Double(stored) * Double(normalizer.scale[channel]) + Double(normalizer.shift[channel])
    }
    func isBeyond(_ stored: Float, _ channel: Int) -> Bool { !(abs(normalized(stored, channel)) <= limit) }
    guard (0..<channels).contains(where: { isBeyond(lows[$0], $0) || isBeyond(highs[$0], $0) }) else { return }
    for index in buffer.view.indices where isBeyond(buffer.view[index], index % channels) {
      let channel = index % channels
      let number = dataset.number(buffer.view[index], channel: channel)
      let place = dataset.origin.place(sample: index / dataset.shape.count, column: channel, shape: dataset.shape)
      throw DataError(
        file: dataset.origin.file ?? dataset.name,
        found: "\(number) in \(place), which data.normalize makes \(Float(normalized(buffer.view[index], channel)))",
        allowed: "numbers of at most \(limit) after normalisation by the training set",
        remedy: "replace what stands for a missing number, or remove the row")
    }
  }

  /// The smallest and the largest stored number of every channel.
  private static func range(_ dataset: Dataset, _ values: Floats) -> (lows: [Float], highs: [Float]) {
    let channels = dataset.shape.channels
    if let ranges = dataset.origin.survey?.ranges {
      // Found while the numbers were read; storing keeps their order.
      func stored(_ number: Double, _ channel: Int) -> Float {
        dataset.storedScale?.stored(number, column: channel) ?? Float(number)
      }
      return (
        ranges.indices.map { stored(ranges[$0].lowerBound, $0) },
        ranges.indices.map { stored(ranges[$0].upperBound, $0) }
      )
    }
    var lows = (0..<channels).map { values[$0] }
    var highs = lows
    for first in stride(from: 0, to: values.count, by: channels) {
      for channel in 0..<channels {
        let value = values[first + channel]
        lows[channel] = min(lows[channel], value)
        highs[channel] = max(highs[channel], value)
      }
    }
    return (lows, highs)
  }
}
