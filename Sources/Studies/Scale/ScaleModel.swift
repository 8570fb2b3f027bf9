import Statistics
import Coordinator
import Records

/// What a step costs with T workers, as a sum of parts that are each counted by `StepWork` and cost a fitted time.
///
/// With N samples and M microbatches of the busiest worker, B samples in all, and bytes moved likewise:
///
///     gradients  = constant + sample·N + microbatch·M + sharedSample·(B − N) + wake·w₁ + reduction of merges
///     update     = constant' + byte·b + sharedByte·(all bytes − b) + wake·w₂
///
/// Where gradients of dense weights are multiplied from their factors while they are summed, that part of each sample's
/// work counts in the update, with the busiest worker's part of the weights in place of N.
///
/// Load imbalance is in N: of 16 shards, 5 workers leave one of them 4. The memory that workers share is in the terms
/// `shared…`: where a active workers take sample + sharedSample·(a − 1) a sample, the busiest, who works to the end,
/// needs sample·N + sharedSample·(B − N), however the others' numbers fall. For many threads the step tends to
/// sharedSample·B: the rate at which the memory feeds all of them. Saturation that comes suddenly is not in the model.
///
/// Coefficients come from non-negative least squares in relative error, over gradient and update times together.
package struct ScaleModel: Sendable, Equatable {
  package typealias Term = ScaleModelRecord.Term

  /// A measured cell.
  package struct Observation: Sendable, Equatable {
    package var work: StepWork
    package var gradientSeconds: Double
    package var reduceSeconds: Double
    package var stepSeconds: Double { gradientSeconds + reduceSeconds }

    package init(work: StepWork, gradientSeconds: Double, reduceSeconds: Double) {
      self.work = work
      self.gradientSeconds = gradientSeconds
      self.reduceSeconds = reduceSeconds
    }
  }

  /// A step's cost by its parts, in seconds.
  package struct Cost: Sendable, Equatable {
    /// Of the busiest worker.
    package var compute = 0.0
    /// Added by what the others compute meanwhile.
    package var sharedMemory = 0.0
    /// Merges of sibling shards while gradients are computed.
    package var merges = 0.0
    /// Reduction and update.
    package var reduction = 0.0
    /// Products of factored gradients, of the busiest worker.
    package var products = 0.0
    /// Added by what the others multiply meanwhile.
    package var sharedProducts = 0.0
    /// Constants and waking before the update.
    package var gradientForkJoin = 0.0
    /// Those of the update.
    package var reduceForkJoin = 0.0

    package var gradientSeconds: Double { compute + sharedMemory + merges + gradientForkJoin }
    package var reduceSeconds: Double { reduction + products + sharedProducts + reduceForkJoin }
    package var stepSeconds: Double { gradientSeconds + reduceSeconds }
  }

  /// Seconds of each term; terms that the grid cannot tell are missing.
  package var seconds: [Term: Double]
  /// Terms that the grid could tell from the others.
  package var told: Set<Term> { Set(seconds.keys) }

  package init(seconds: [Term: Double]) { self.seconds = seconds }

  /// Fits the model; `nil` without an observation.
  package init?(fitting observations: [Observation]) {
    guard !observations.isEmpty else { return nil }
    let terms = Self.terms(toldBy: observations)
    var rows: [[Double]] = []
    for observation in observations {
      let (gradient, reduce) = Self.counts(observation.work)
      rows.append(terms.map { gradient[$0, default: 0] / observation.gradientSeconds })
      rows.append(terms.map { reduce[$0, default: 0] / observation.reduceSeconds })
    }
    let solution = NonNegativeLeastSquares.solve(rows, Array(repeating: 1, count: rows.count))
    let isSeen = terms.indices.map { column in rows.contains { $0[column] > 0 } }
    seconds = Dictionary(
      uniqueKeysWithValues: terms.indices.filter { isSeen[$0] }.map { (terms[$0], solution[$0]) })
  }

  /// What can be told from a grid: each term needs batches, threads or divisions that differ.
  private static func terms(toldBy observations: [Observation]) -> [Term] {
    let works = observations.map(\.work)
    let threads = Set(works.map(\.threads)).count
    let batches = Set(works.map(\.samples)).count
    let microbatches = Set(works.map { ($0.busiestSamples + $0.busiestMicrobatches - 1) / $0.busiestMicrobatches })
    let sizes = Set(works.map(\.updatedBytes)).count
    let tellsMicrobatch = batches >= 2 && microbatches.count >= 2
    var terms: [Term] = [.sample, .byte]
    if threads >= 2 { terms += [.sharedSample, .sharedByte] }
    if tellsMicrobatch { terms.append(.microbatch) }
    if batches >= (tellsMicrobatch ? 3 : 2) { terms.append(.gradientConstant) }
    if threads >= 2, batches >= 3 { terms.append(.wake) }
    if sizes >= 3 { terms.append(.reduceConstant) }
    return terms
  }

  /// How often each term counts in a step's gradients and in its update.
  private static func counts(_ work: StepWork) -> (gradient: [Term: Double], reduce: [Term: Double]) {
    let atOnce = 1 - work.deferredShare
    let deferred = work.deferredShare * Double(work.samples)
    return (
      [
        .gradientConstant: 1, .sample: atOnce * Double(work.busiestSamples),
        .microbatch: Double(work.busiestMicrobatches),
        .sharedSample: atOnce * Double(work.samples - work.busiestSamples), .wake: Double(work.gradientWakes),
        .byte: work.busiestMergedBytes, .sharedByte: work.mergedBytes - work.busiestMergedBytes,
      ],
      [
        .reduceConstant: 1, .byte: work.busiestUpdatedBytes,
        .sharedByte: work.updatedBytes - work.busiestUpdatedBytes, .wake: Double(work.updateWakes),
        .sample: deferred * work.busiestDeferredShare, .sharedSample: deferred * (1 - work.busiestDeferredShare),
      ]
    )
  }

  /// The cost of a step.
  package func cost(_ work: StepWork) -> Cost {
    let (gradient, reduce) = Self.counts(work)
    func sum(_ counts: [Term: Double], _ terms: [Term]) -> Double {
      terms.reduce(0) { $0 + seconds[$1, default: 0] * counts[$1, default: 0] }
    }
    return Cost(
      compute: sum(gradient, [.sample, .microbatch]), sharedMemory: sum(gradient, [.sharedSample]),
      merges: sum(gradient, [.byte, .sharedByte]), reduction: sum(reduce, [.byte, .sharedByte]),
      products: sum(reduce, [.sample]), sharedProducts: sum(reduce, [.sharedSample]),
      gradientForkJoin: sum(gradient, [.gradientConstant, .wake]),
      reduceForkJoin: sum(reduce, [.reduceConstant, .wake]))
  }

  /// What keeps `next`, with twice the threads of `work`, from half of its time, and how much faster it is.
  package func limit(from work: StepWork, to next: StepWork) -> (reason: ScaleLimit.Reason, gain: Double) {
    let before = cost(work)
    let after = cost(next)
    let gain = before.stepSeconds / after.stepSeconds
    if gain >= 1.9 { return (.nothing, gain) }
    func loss(_ part: (Cost) -> Double) -> Double { part(after) - part(before) / 2 }
    let losses: [(ScaleLimit.Reason, Double)] = [
      (next.threads > next.shards ? .shards : .loadImbalance, loss { $0.compute + $0.products }),
      (.memoryBandwidth, loss { $0.sharedMemory + $0.sharedProducts }),
      (.reduction, loss { $0.merges + $0.reduction }),
      (.forkJoin, loss { $0.gradientForkJoin + $0.reduceForkJoin }),
    ]
    return (losses.max { $0.1 < $1.1 }?.0 ?? .nothing, gain)
  }
}
