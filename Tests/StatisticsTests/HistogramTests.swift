import Foundation
import Kernels
import Statistics
import TestSupport
import Testing

@Suite("Histograms of numbers")
struct HistogramTests {
  /// The bucket of a number by its limits alone: the one that it lies in, and of two that meet at it the farther from
  /// zero.
  private func naiveCounts(_ numbers: [Float], _ histogram: Histogram) -> [Int] {
    var counts = [Int](repeating: 0, count: histogram.limits.count)
    for number in numbers.map(Double.init) {
      let bucket = histogram.limits.firstIndex { limit in limit > 0 ? number < limit : number <= limit }
      if let bucket { counts[bucket] += 1 }
    }
    return counts
  }

  static let samples: [[Float]] = {
    var generator = SeededGenerator(seed: 3)
    return [
      generator.floats(1000), generator.floats(777, in: 0.001...0.1), generator.floats(501, in: -30 ... -2),
      // Over many magnitudes, both signs.
      generator.floats(3000).map { $0 * Float(sign: .plus, exponent: Int($0 * 90), significand: 1) },
      generator.floats(100, in: -1e-6...1e-6) + [4], [0], [-0.0, 0, 0], [1, 2, 4, -1, -2, -4], [5, 5, 5],
      [.leastNonzeroMagnitude, -.leastNonzeroMagnitude], [.greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1],
      [-1e-30, 3e-20],
    ]
  }()

  @Test("count every number where its limits say, and have range and sums of the numbers", arguments: samples)
  func counts(numbers: [Float]) throws {
    let histogram = Histogram(of: numbers)
    #expect(histogram.counts == naiveCounts(numbers, histogram))
    #expect(histogram.count == numbers.count && histogram.nonFinite == 0)
    #expect(histogram.counts.reduce(0, +) == numbers.count)
    let wide = numbers.map(Double.init)
    #expect(histogram.minimum == wide.min() && histogram.maximum == wide.max())
    #expect(histogram.sum == wide.reduce(0, +))
    let squares = wide.reduce(0) { $0 + $1 * $1 }
    #expect(histogram.sumOfSquares == squares)
    let isAscending = zip(histogram.limits, histogram.limits.dropFirst()).allSatisfy { $0 < $1 }
    #expect(isAscending)
    let last = try #require(histogram.limits.last)
    #expect(last >= histogram.maximum)
    #expect(histogram.counts.first != 0 && histogram.counts.last != 0)
    let hasEmptyNeighbours = zip(histogram.counts, histogram.counts.dropFirst()).contains { $0 == 0 && $1 == 0 }
    #expect(!hasEmptyNeighbours)
  }

  @Test("have buckets of at most an eighth of their numbers, down to a thousandth of the greatest")
  func resolution() {
    var generator = SeededGenerator(seed: 5)
    let histogram = Histogram(of: generator.floats(200_000))
    for (low, high) in zip(histogram.limits, histogram.limits.dropFirst()) where min(abs(low), abs(high)) > 0.001 {
      #expect(high - low <= max(abs(low), abs(high)) / 8 + 1e-12)
    }
    // Ten octaves on each side and what is smaller.
    #expect(histogram.counts.count == 2 * 80 + 1)
  }

  @Test("leave out what is not finite, and say how much that is")
  func nonFinite() {
    let histogram = Histogram(of: [1, .nan, -.infinity, 2, .infinity, -3])
    #expect(histogram.count == 3 && histogram.nonFinite == 3 && histogram.sum == 0)
    #expect(histogram.minimum == -3 && histogram.maximum == 2)
    let empty = Histogram(of: [.nan])
    #expect(empty.count == 0 && empty.counts.isEmpty && empty.minimum == 0 && empty.maximum == 0)
  }

  @Test("of pieces that several workers counted are those of the whole, without padding")
  func pieces() {
    var generator = SeededGenerator(seed: 7)
    let numbers = Buffer(generator.floats(1000))
    let isCounted = Buffer((0..<1000).map { UInt8($0 % 7 == 3 ? 0 : 1) })
    let workers = (0..<3).map { _ in HistogramCounts() }
    var moments = Moments()
    for (piece, first) in stride(from: 0, to: 1000, by: 130).enumerated() {
      let range = first..<min(first + 130, 1000)
      moments.add(workers[piece * 2 % 3].add(numbers.view[range], where: isCounted.view[range]))
    }
    let merged = Histogram(workers, moments)
    let whole = Histogram(of: (0..<1000).filter { $0 % 7 != 3 }.map { numbers.view[$0] })
    #expect(merged.counts == whole.counts && merged.limits == whole.limits && merged.count == whole.count)
    #expect(merged.minimum == whole.minimum && merged.maximum == whole.maximum)
    #expect(abs(merged.sum - whole.sum) < 1e-12 && abs(merged.sumOfSquares - whole.sumOfSquares) < 1e-10)
    for worker in workers { worker.clear() }
    let cleared = Histogram(workers, workers[0].add(Buffer<Float>([1]).view))
    #expect(cleared.counts == [1])
  }
}
