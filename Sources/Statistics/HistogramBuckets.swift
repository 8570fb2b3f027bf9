import Kernels

/// Where numbers are counted: eight buckets to each power of two, on both sides of zero, and one round zero for what is
/// smaller than 2⁻⁴⁰.
///
/// A number's bucket is read off its bits, so that counting is exact and takes no logarithm. The limits are numbers of
/// single precision, and each belongs to the bucket that lies farther from zero.
enum HistogramBuckets {
  /// Buckets to a power of two, equally wide: three bits behind the leading one.
  static let perOctave = 8
  /// Buckets on one side of zero.
  static let side = (255 << 3) - lowest
  /// All buckets; the one round zero is number `side`.
  static let count = 2 * side + 1

  /// Sign, exponent and three more bits are left of a number without its last bits.
  private static let droppedBits: UInt32 = 20
  /// What is left of 2⁻⁴⁰.
  private static let lowest = (127 - 40) << 3

  /// The bucket of a finite number, 0..<count in ascending order.
  static func bucket(of number: Float) -> Int {
    let bits = number.bitPattern
    let distance = max(0, Int((bits & 0x7FFF_FFFF) >> droppedBits) - lowest + 1)
    return bits >> 31 == 0 ? side + distance : side - distance
  }

  /// The upper limit of a bucket.
  static func upperLimit(_ bucket: Int) -> Double {
    bucket < side ? -edge(side - bucket - 1) : edge(bucket - side)
  }

  /// The limit that is `distance` buckets away from the one round zero.
  private static func edge(_ distance: Int) -> Double {
    let kept = lowest + distance
    // Behind the greatest number comes a power of two that single precision does not have.
    guard kept < 255 << 3 else { return 0x1p128 }
    return Double(Float(bitPattern: UInt32(kept) << droppedBits))
  }
}

/// One worker's counts of numbers, to which it adds piece after piece.
///
/// Counts are whole numbers, so that it does not matter which worker takes which piece.
package struct HistogramCounts: Sendable {
  let buckets = Buffer<Int>(count: HistogramBuckets.count)

  package init() {}

  /// Begins anew.
  package func clear() { buckets.view.fill(with: 0) }

  /// Counts the numbers of a piece; those that are not finite are only counted as such.
  ///
  /// - Parameter isCounted: 1 for each number that is to be counted and 0 for padding; left out, all are.
  /// - Returns: their sums, in order.
  package func add(_ numbers: Floats, where isCounted: View<UInt8>? = nil) -> Moments {
    let buckets = buckets.view
    var moments = Moments()
    for index in numbers.indices {
      if let isCounted, isCounted[index] == 0 { continue }
      let number = numbers[index]
      guard number.isFinite else {
        moments.nonFinite += 1
        continue
      }
      buckets[HistogramBuckets.bucket(of: number)] += 1
      moments.add(Double(number))
    }
    return moments
  }
}

/// Count, range and sums of some numbers.
package struct Moments: BitwiseCopyable, Sendable, Equatable {
  /// Finite numbers.
  package var count = 0
  /// Numbers that are not finite, which are in nothing else.
  package var nonFinite = 0
  /// Of no numbers: +∞ and −∞.
  package var minimum = Double.infinity
  package var maximum = -Double.infinity
  package var sum = 0.0
  package var sumOfSquares = 0.0

  package init() {}

  mutating func add(_ number: Double) {
    count += 1
    minimum = min(minimum, number)
    maximum = max(maximum, number)
    sum += number
    sumOfSquares += number * number
  }

  /// Adds those of the piece that follows.
  package mutating func add(_ next: Moments) {
    count += next.count
    nonFinite += next.nonFinite
    minimum = min(minimum, next.minimum)
    maximum = max(maximum, next.maximum)
    sum += next.sum
    sumOfSquares += next.sumOfSquares
  }
}
