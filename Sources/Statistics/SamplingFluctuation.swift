import Kernels

/// How far the distribution function of a finite, correlated series strays from the law that it was drawn from.
///
/// By the central limit theorem √n·(F_n − F) of a stationary series is a Gaussian process with the covariance
/// Γ(s, t) = Σ_k [P(x_0 ≤ s, x_k ≤ t) − F(s)·F(t)] over all lags k. For independent values that is the Brownian bridge,
/// whose largest deviation is Kolmogorov's distribution. A correlated series is not a bridge of fewer values: its slow
/// parts, such as the mean, are drawn out, the fine ones are not, and its largest deviation is smaller than that of n ÷ τ
/// independent values (by half, for a slow AR(1)).
///
/// So Γ is measured: from sums over overlapping blocks of the series (Künsch 1989), each far longer than the correlation
/// time, with a normal factor of its own for each block and draw (Bühlmann 1993). Two things are known to be missing in
/// it and are put back: block means are taken against the mean of the series, not the true one, 1 − L/n; and the ends of
/// a block of L values have lost their neighbours, 1 − (τ − 1/τ)/(2L), exact for an AR(1).
package struct SamplingFluctuation: Sendable {
  /// Places of the distribution function, at equal steps of probability.
  private static let levels = 256
  /// Draws of the process.
  private static let draws = 400

  /// Draws of F_n − F, [draws, levels].
  private let deviations: [Float]

  /// - Parameters:
  ///   - values: a stationary series, in order, at least one value.
  ///   - correlationTime: τ of the values (``SeriesStatistics``).
  ///   - seed: of the draws; two series that are compared have different ones.
  package init(_ values: some Collection<Double>, correlationTime time: Double, seed: UInt64) {
    let values = Array(values)
    precondition(!values.isEmpty, "the fluctuation of no values")
    let count = values.count
    let wanted = time.isFinite ? min(4 * time, Double(count)).rounded(.up) : Double(count)
    let length = max(1, min(max(8, Int(wanted)), count / 2))
    let spacing = max(1, length / 4)
    let starts = Array(stride(from: 0, through: count - length, by: spacing))
    let blocks = Self.blocks(values, starts: starts, length: length)

    let missing = (1 - Double(length) / Double(count)) * (1 - (time - 1 / time) / (2 * Double(length)))
    // Γ is the mean of squares ÷ L, and F_n − F has Γ ÷ n.
    let scale = 1 / (Double(starts.count) * Double(length) * Double(count) * max(missing, 0.25)).squareRoot()
    let random = Philox(seed: seed, purpose: .sampling)
    var factors: [Float] = []
    factors.reserveCapacity(Self.draws * starts.count)
    for draw in 0..<Self.draws {
      for block in starts.indices {
        let words = random.block(UInt32(draw), UInt32(block), 0x4B53)
        factors.append(Float(scale) * Philox.normalPair(words.x, words.y).0)
      }
    }
    let (left, right, product) = (Buffer(factors), Buffer(blocks), Buffer<Float>(count: Self.draws * Self.levels))
    GEMM.multiply(
      Matrix(left.view, rows: Self.draws, columns: starts.count),
      by: Matrix(right.view, rows: starts.count, columns: Self.levels),
      into: Matrix(product.view, rows: Self.draws, columns: Self.levels))
    deviations = product.array()
  }

  /// The mean Kolmogorov–Smirnov distance of two independent series of one law, 0…1.
  package func expectedDistance(to other: SamplingFluctuation) -> Double {
    var sum = 0.0
    for draw in 0..<Self.draws {
      var largest: Float = 0
      for place in draw * Self.levels..<(draw + 1) * Self.levels {
        largest = max(largest, abs(deviations[place] - other.deviations[place]))
      }
      sum += Double(min(largest, 1))
    }
    return sum / Double(Self.draws)
  }

  /// For each block, how many of its values lie below each level, less what the whole series would have:
  /// [blocks, levels].
  private static func blocks(_ values: [Double], starts: [Int], length: Int) -> [Float] {
    let sorted = values.sorted()
    let thresholds = (1...levels).map { sorted[min(sorted.count - 1, $0 * sorted.count / (levels + 1))] }
    // The first level whose threshold is above the value: the value counts for it and all after it.
    let firsts = values.map { value in firstIndex(of: thresholds, above: value) }
    func counts(_ range: Range<Int>) -> [Int] {
      var counts = [Int](repeating: 0, count: levels + 1)
      for index in range { counts[firsts[index]] += 1 }
      for level in 1..<levels { counts[level] += counts[level - 1] }
      return counts
    }
    let all = counts(0..<values.count)
    return starts.flatMap { start in
      let own = counts(start..<start + length)
      return (0..<levels).map { Float(Double(own[$0]) - Double(length) * Double(all[$0]) / Double(values.count)) }
    }
  }

  private static func firstIndex(of thresholds: [Double], above value: Double) -> Int {
    var (low, high) = (0, thresholds.count)
    while low < high {
      let middle = (low + high) / 2
      if thresholds[middle] > value { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
