import Charts
import Foundation
import Records
import Statistics

/// What the seeds of two groups of runs say of their difference: nothing where one group has one seed alone, else the
/// difference of their means with its 95 % interval after Welch (1947), since their variances need not be the same.
struct SweepContrast: Equatable {
  /// Mean of the second group less that of the first.
  var difference: Double
  /// Half the width of the interval; `nil` for a seed alone.
  var half: Double?

  /// `nil` without a value in each group.
  init?(_ first: [Double], _ second: [Double]) {
    guard let one = SweepMean(first), let other = SweepMean(second) else { return nil }
    difference = other.mean - one.mean
    guard let deviation = one.deviation, let otherDeviation = other.deviation else { return }
    let shares = [(deviation, first.count), (otherDeviation, second.count)].map { $0 * $0 / Double($1) }
    let square = shares[0] + shares[1]
    let below = shares[0] * shares[0] / Double(first.count - 1) + shares[1] * shares[1] / Double(second.count - 1)
    // Rounded down, the interval errs on the wide side.
    let freedom = below > 0 ? max(1, Int(within: (square * square / below).rounded(.down))) : 1
    half = square > 0 ? StudentDistribution.quantile(degreesOfFreedom: freedom) * square.squareRoot() : 0
  }

  /// Whether the interval leaves zero out; a seed alone settles nothing.
  var isSettled: Bool { half.map { abs(difference) > $0 } ?? false }
  /// Whether a group has one seed alone.
  var isOfOneSeed: Bool { half == nil }
}

extension SweepRecord {
  /// The runs of a batch at its best multiple, by the first rule or the one given.
  func cells(_ batch: Int, _ rule: SweepRuleRecord) -> [SweepPoint] {
    let rate = rule.batches.first { $0.batch == batch }?.learningRate
    return points.filter { $0.rule == rule.rule && $0.batch == batch && $0.learningRate == rate }
  }

  /// ln of how many times sooner `batch` reaches the target than `other`, by the first rule.
  func timeContrast(_ batch: Int, sooner other: Int) -> SweepContrast? {
    guard let rule = rules.first else { return nil }
    func times(_ batch: Int) -> [Double] {
      cells(batch, rule).compactMap(\.secondsToTarget).filter { $0 > 0 }.map { log($0) }
    }
    return SweepContrast(times(batch), times(other))
  }

  /// What runs are compared by, a value a run.
  func qualities(_ cells: [SweepPoint]) -> [Double] {
    cells.filter { $0.outcome != .diverged }.compactMap { cell in
      if hasAccuracy { return comparesErrors ? cell.testAccuracy : cell.bestTestAccuracy }
      return comparesErrors ? cell.testLoss : cell.bestTestLoss
    }
  }

  /// "one seed alone settles nothing" or that the seeds do not tell, as the end of a sentence; `nil` where they do.
  func doubt(_ contrasts: [SweepContrast?]) -> String? {
    let known = contrasts.compactMap(\.self)
    if known.isEmpty || known.contains(where: \.isOfOneSeed) {
      return "one seed settles nothing: repeat with --seeds 3 or more"
    }
    let open = known.count { !$0.isSettled }
    if open == 0 { return nil }
    return open == known.count
      ? "the seeds differ by as much, so the sweep does not tell which is better"
      : "of \(known.count) differences, \(open) \(open == 1 ? "is" : "are") no greater than those between seeds"
  }
}
