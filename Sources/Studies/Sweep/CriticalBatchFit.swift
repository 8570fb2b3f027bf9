import Foundation
import Kernels
import Records

/// Fits S(B) = S_min (1 + B_crit/B) to steps to target, in log space (McCandlish et al. 2018, §2.3 and appendix D).
///
/// Since E = S·B, the same curve fits the samples. For a given B_crit the best ln S_min is a mean, so that one number
/// is searched: over a grid, then by golden section. The interval is a residual bootstrap, its residuals widened by
/// √(n/(n−2)) for the two fitted numbers, with random numbers from Philox, so that it is the same every time.
package struct CriticalBatchFit {
  /// One cell that reached the target.
  package struct Point: Sendable {
    package var batch: Double
    package var steps: Double

    package init(batch: Double, steps: Double) {
      self.batch = batch
      self.steps = steps
    }
  }

  /// Grid points of the search: the critical batch is looked for up to 2^8 times beyond the batches at either side.
  private static let gridCount = 96
  private static let reach = 256.0

  private let batches: [Double]
  private let low: Double
  private let high: Double
  /// ln(1 + B_crit/B) of each point, for each grid value of ln B_crit.
  private let table: [[Double]]

  private init(batches: [Double]) {
    self.batches = batches
    low = log((batches.min() ?? 1) / Self.reach)
    high = log((batches.max() ?? 1) * Self.reach)
    let (low, high) = (low, high)
    table = (0..<Self.gridCount).map { index in
      let critical = exp(low + (high - low) * Double(index) / Double(Self.gridCount - 1))
      return batches.map { log(1 + critical / $0) }
    }
  }

  /// The fit; `nil` for fewer than two different batches.
  ///
  /// - Parameters:
  ///   - replicates: fits to resampled residuals that make the interval.
  ///   - seed: keys the resampling.
  package static func fit(_ points: [Point], replicates: Int = 1000, seed: UInt64) -> SweepFit? {
    guard Set(points.map(\.batch)).count >= 2 else { return nil }
    let fit = CriticalBatchFit(batches: points.map(\.batch))
    let logSteps = points.map { log($0.steps) }
    let (logCritical, logMinimum) = fit.search(logSteps)
    let fitted = points.map { logMinimum + log(1 + exp(logCritical) / $0.batch) }
    let residuals = zip(logSteps, fitted).map { $0 - $1 }
    let squares = residuals.reduce(0) { $0 + $1 * $1 }
    var result = SweepFit(
      minimumSteps: exp(logMinimum), criticalBatch: exp(logCritical),
      deviation: (squares / Double(points.count)).squareRoot(), points: points.count)
    guard points.count > 2, replicates >= 40 else { return result }

    let count = points.count
    let widening = (Double(count) / Double(count - 2)).squareRoot()
    let random = Philox(seed: seed, purpose: .sampling)
    var samples = (0..<replicates).map { replicate in
      let resampled = fitted.indices.map { index in
        let words = random.block(UInt32(replicate), UInt32(index), 0x5EE9)
        return fitted[index] + widening * residuals[Philox.bounded(words[0], words[1], below: count)]
      }
      return fit.search(resampled).logCritical
    }
    samples.sort()
    result.criticalBatchLow = exp(samples[Int(0.025 * Double(replicates - 1))])
    result.criticalBatchHigh = exp(samples[Int((0.975 * Double(replicates - 1)).rounded(.up))])
    return result
  }

  /// The least squares of ln S: ln B_crit and ln S_min.
  private func search(_ logSteps: [Double]) -> (logCritical: Double, logMinimum: Double) {
    let costs = table.map { cost(logSteps, $0) }
    let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
    let spacing = (high - low) / Double(Self.gridCount - 1)
    let center = low + spacing * Double(best)
    var (left, right) = (max(low, center - spacing), min(high, center + spacing))
    let ratio = (5.0.squareRoot() - 1) / 2
    var (inner, outer) = (right - ratio * (right - left), left + ratio * (right - left))
    var (innerCost, outerCost) = (cost(logSteps, at: inner), cost(logSteps, at: outer))
    for _ in 0..<24 {
      if innerCost <= outerCost {
        (right, outer, outerCost) = (outer, inner, innerCost)
        inner = right - ratio * (right - left)
        innerCost = cost(logSteps, at: inner)
      } else {
        (left, inner, innerCost) = (inner, outer, outerCost)
        outer = left + ratio * (right - left)
        outerCost = cost(logSteps, at: outer)
      }
    }
    let logCritical = (left + right) / 2
    let critical = exp(logCritical)
    var sum = 0.0
    for (index, value) in logSteps.enumerated() { sum += value - log(1 + critical / batches[index]) }
    return (logCritical, sum / Double(logSteps.count))
  }

  private func cost(_ logSteps: [Double], at logCritical: Double) -> Double {
    let critical = exp(logCritical)
    return cost(logSteps, batches.map { log(1 + critical / $0) })
  }

  /// Sum of squared differences around their mean.
  private func cost(_ logSteps: [Double], _ shape: [Double]) -> Double {
    var sum = 0.0
    for index in logSteps.indices { sum += logSteps[index] - shape[index] }
    let mean = sum / Double(logSteps.count)
    var squares = 0.0
    for index in logSteps.indices {
      let difference = logSteps[index] - shape[index] - mean
      squares += difference * difference
    }
    return squares
  }
}
