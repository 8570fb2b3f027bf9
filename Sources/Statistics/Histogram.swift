import Kernels

/// How many of some numbers lie where.
///
/// Buckets grow with the numbers in them, eight to a power of two, on both sides of zero. Numbers below a thousandth of
/// the greatest (2⁻¹⁰) are counted in one bucket round zero, and neighbours that are empty are one bucket.
public struct Histogram: Sendable, Equatable {
  /// Finite numbers: the sum of ``counts``.
  public let count: Int
  /// Numbers that are infinite or NaN, which are in nothing else.
  public let nonFinite: Int
  /// The least and the greatest finite number; 0 where there is none.
  public let minimum: Double
  public let maximum: Double
  /// Σ x and Σ x² of the finite numbers.
  public let sum: Double
  public let sumOfSquares: Double
  /// Where each bucket ends, ascending; it begins where the one before it ends, the first at ``minimum``. A limit belongs
  /// to the bucket that lies farther from zero.
  public let limits: [Double]
  /// Finite numbers in each bucket; the first and the last have at least one.
  public let counts: [Int]

  /// Octaves below the greatest number that have buckets of their own.
  private static let octaves = 10

  /// Of numbers that several workers counted.
  ///
  /// - Parameter moments: of all of them.
  package init(_ workers: [HistogramCounts], _ moments: Moments) {
    count = moments.count
    nonFinite = moments.nonFinite
    minimum = moments.count > 0 ? moments.minimum : 0
    maximum = moments.count > 0 ? moments.maximum : 0
    sum = moments.sum
    sumOfSquares = moments.sumOfSquares
    let side = HistogramBuckets.side
    func total(_ bucket: Int) -> Int { workers.reduce(0) { $0 + $1.buckets.view[bucket] } }
    guard moments.count > 0 else {
      (limits, counts) = ([], [])
      return
    }
    let first = HistogramBuckets.bucket(of: Float(moments.minimum))
    let last = HistogramBuckets.bucket(of: Float(moments.maximum))
    let small = max(0, max(abs(first - side), abs(last - side)) - Self.octaves * HistogramBuckets.perOctave)
    var (limits, counts) = ([Double](), [Int]())
    var bucket = first
    while bucket <= last {
      let end = abs(bucket - side) <= small ? min(last, side + small) : bucket
      let count = (bucket...end).reduce(0) { $0 + total($1) }
      if count == 0, counts.last == 0 {
        limits[limits.count - 1] = HistogramBuckets.upperLimit(end)
      } else {
        limits.append(HistogramBuckets.upperLimit(end))
        counts.append(count)
      }
      bucket = end + 1
    }
    (self.limits, self.counts) = (limits, counts)
  }

  /// Of the numbers of an array.
  package init(of numbers: [Float]) {
    let counts = HistogramCounts()
    self.init([counts], counts.add(Buffer(numbers).view))
  }
}
