/// Σ x and Σ x² of bytes, channel by channel, exactly: in whole numbers, so that the order does not matter.
package struct ByteSums {
  /// Number of channels: byte i belongs to channel i modulo this.
  package let channels: Int
  /// Σ x, one a channel, of the bytes that ``finish()`` has been called for.
  package private(set) var sums: [Int]
  /// Σ x² likewise.
  package private(set) var squares: [Int]
  /// Bytes between two that share a partial sum: a multiple of `channels`, long enough for vectors.
  private let period: Int
  private let partialSums: Buffer<UInt32>
  private let partialSquares: Buffer<UInt32>
  /// Bytes that each partial sum may have had: 65,536 squares of 255 fit 32 bits.
  private var additions = 0

  /// Sums of no byte.
  package init(channels: Int) {
    precondition(channels > 0, "sums of \(channels) channels")
    self.channels = channels
    period = channels * max(1, 64 / channels)
    sums = Array(repeating: 0, count: channels)
    squares = sums
    partialSums = Buffer(count: period)
    partialSquares = Buffer(count: period)
  }

  /// Adds bytes, the first of which is of channel 0; a multiple of `channels`.
  package mutating func add(_ bytes: View<UInt8>) {
    precondition(bytes.count.isMultiple(of: channels), "\(bytes.count) bytes of \(channels) channels")
    var first = 0
    while first < bytes.count {
      if additions == 1 << 16 { finish() }
      let wanted = min((1 << 16) - additions, (bytes.count - first + period - 1) / period)
      let count = min(wanted * period, bytes.count - first)
      add(bytes.base + first, count: count)
      additions += wanted
      first += count
    }
    keep(bytes.memory)
  }

  private func add(_ bytes: UnsafePointer<UInt8>, count: Int) {
    let (sums, squares) = (partialSums.view.base, partialSquares.view.base)
    var start = 0
    while start < count {
      let row = bytes + start
      for index in 0..<min(period, count - start) {
        let value = UInt32(row[index])
        sums[index] &+= value
        squares[index] &+= value &* value
      }
      start += period
    }
    keep(partialSums, partialSquares)
  }

  /// Brings ``sums`` and ``squares`` up to date.
  package mutating func finish() {
    for index in 0..<period {
      sums[index % channels] += Int(partialSums.view[index])
      squares[index % channels] += Int(partialSquares.view[index])
    }
    partialSums.view.fill(with: 0)
    partialSquares.view.fill(with: 0)
    additions = 0
  }
}
