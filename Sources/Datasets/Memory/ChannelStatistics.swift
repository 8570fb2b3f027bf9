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
    switch dataset.samples {
    case .bytes(let buffer): measure(buffer.view, channels: channels)
    case .floats(let buffer): measure(buffer.view, channels: channels)
    }
  }

  private mutating func measure(_ bytes: View<UInt8>, channels: Int) {
    var sums = Array(repeating: 0, count: channels)
    var squares = sums
    if channels == 1 {
      // The common case keeps both sums in registers.
      var sum = 0
      var square = 0
      for index in bytes.indices {
        let value = Int(bytes[index])
        sum &+= value
        square &+= value &* value
      }
      sums[0] = sum
      squares[0] = square
    } else {
      for first in stride(from: 0, to: bytes.count, by: channels) {
        for channel in 0..<channels {
          let value = Int(bytes[first + channel])
          sums[channel] &+= value
          squares[channel] &+= value &* value
        }
      }
    }
    let count = bytes.count / channels
    for channel in 0..<channels {
      means[channel] = Double(sums[channel]) / Double(count)
      let spread = Int128(count) * Int128(squares[channel]) - Int128(sums[channel]) * Int128(sums[channel])
      deviations[channel] = Double(spread).squareRoot() / Double(count)
    }
  }

  private mutating func measure(_ values: Floats, channels: Int) {
    let count = Double(values.count / channels)
    let origin = (0..<channels).map { Double(values[$0]) }
    for first in stride(from: 0, to: values.count, by: channels) {
      for channel in 0..<channels { means[channel] += Double(values[first + channel]) - origin[channel] }
    }
    for channel in 0..<channels { means[channel] = origin[channel] + means[channel] / count }
    for first in stride(from: 0, to: values.count, by: channels) {
      for channel in 0..<channels {
        let difference = Double(values[first + channel]) - means[channel]
        deviations[channel] += difference * difference
      }
    }
    for channel in 0..<channels { deviations[channel] = (deviations[channel] / count).squareRoot() }
  }
}
