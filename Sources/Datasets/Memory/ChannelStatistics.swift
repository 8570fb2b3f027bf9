import Kernels

/// Mean and deviation (of the whole set, dividing by its count) of every channel or column.
///
/// Bytes are summed exactly, in integers. Other numbers are summed in double precision, in the order of the file, as
/// differences to the first sample, so that a constant column has deviation 0 exactly.
package struct ChannelStatistics {
  /// One a channel.
  package private(set) var means: [Double]
  /// One a channel.
  package private(set) var deviations: [Double]

  /// The statistics of a data set's stored numbers.
  package init(_ dataset: Dataset) {
    let channels = dataset.shape.channels
    means = Array(repeating: 0, count: channels)
    deviations = means
    let part = dataset.rows.map { rows in Part(rows: rows, perRow: dataset.shape.count / channels) }
    dataset.expectAccess(.sequential)
    switch dataset.samples {
    case .bytes(let buffer): measure(buffer.view, channels: channels, part)
    case .floats(let buffer):
      let known = dataset.storedScale == nil && part == nil ? dataset.origin.survey?.exactMeans : nil
      measure(buffer.view, channels: channels, part, means: known)
    }
  }

  /// The pixels of some samples of a set.
  private struct Part {
    let rows: Buffer<Int32>
    /// Pixels of a sample; 1 for a row of a table.
    let perRow: Int

    var count: Int { rows.view.count * perRow }

    /// Where a pixel lies among those of the whole set.
    func place(_ pixel: Int) -> Int { Int(rows.view[pixel / perRow]) * perRow + pixel % perRow }
  }

  private mutating func measure(_ bytes: View<UInt8>, channels: Int, _ part: Part?) {
    var sum = ByteSums(channels: channels)
    if let part {
      let size = part.perRow * channels
      for row in part.rows.view.indices {
        let first = Int(part.rows.view[row]) * size
        sum.add(bytes[first..<first + size])
      }
    } else {
      // A mapped file is read well ahead of where it is summed, and leaves this process's memory behind.
      let chunk = max(1, (8 << 20) / channels) * channels
      for first in stride(from: 0, to: bytes.count, by: chunk) {
        let end = min(first + chunk, bytes.count)
        bytes[first..<min(bytes.count, end + 2 * chunk)].willNeed()
        sum.add(bytes[first..<end])
        bytes[first..<end].release()
      }
    }
    sum.finish()
    let (sums, squares) = (sum.sums, sum.squares)
    let count = part?.count ?? bytes.count / channels
    for channel in 0..<channels {
      means[channel] = Double(sums[channel]) / Double(count)
      let spread = Int128(count) * Int128(squares[channel]) - Int128(sums[channel]) * Int128(sums[channel])
      deviations[channel] = Double(spread).squareRoot() / Double(count)
    }
  }

  /// - Parameter known: the means, where they were found while the numbers were read.
  private mutating func measure(_ values: Floats, channels: Int, _ part: Part?, means known: [Double]?) {
    let pixels = part?.count ?? values.count / channels
    let count = Double(pixels)
    func first(_ pixel: Int) -> Int { (part?.place(pixel) ?? pixel) * channels }
    if let known {
      means = known
    } else {
      let origin = (0..<channels).map { Double(values[first(0) + $0]) }
      for pixel in 0..<pixels {
        let first = first(pixel)
        for channel in 0..<channels { means[channel] += Double(values[first + channel]) - origin[channel] }
      }
      for channel in 0..<channels { means[channel] = origin[channel] + means[channel] / count }
    }
    // A mapped file is read well ahead of where it is summed, and leaves this process's memory behind.
    let chunk = max(1, (2 << 20) / channels)
    for start in stride(from: 0, to: pixels, by: chunk) {
      let end = min(start + chunk, pixels)
      if part == nil { values[start * channels..<min(pixels, end + 2 * chunk) * channels].willNeed() }
      for pixel in start..<end {
        let first = first(pixel)
        for channel in 0..<channels {
          let difference = Double(values[first + channel]) - means[channel]
          deviations[channel] += difference * difference
        }
      }
      if part == nil { values[start * channels..<end * channels].release() }
    }
    for channel in 0..<channels { deviations[channel] = (deviations[channel] / count).squareRoot() }
  }
}
