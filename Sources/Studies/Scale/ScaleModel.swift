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
/// Where a machine has several L3 groups or memory nodes, a worker shares with those that are behind the same cache and on
/// the same node (`StepWork.Places`), and with r of what all share on other nodes there is more:
///
///     gradients += groupSample·(B − N in the same group) + remoteSample·N·r
///     update    += remoteByte·b·r
///
/// `sharedSample` and `sharedByte` count the same node alone then. Ranks of a host share its memory like its threads, and
/// both times have exchangedByte·(bytes that the busiest rank sends or receives) + exchange·(times that they wait for one
/// another): what that costs where the ranks were that were measured, of which nothing is overlapped.
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
    /// Added by what the others compute meanwhile, and by memory that is far.
    package var sharedMemory = 0.0
    /// Merges of sibling shards while gradients are computed, and sums of a rank over its own shards.
    package var merges = 0.0
    /// Products of factored gradients that a rank of several multiplies before the update, with what others add.
    package var earlyProducts = 0.0
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
    /// What ranks send before the update, and from there on, over what connected those that were measured.
    package var gradientExchange = 0.0
    package var reduceExchange = 0.0

    package var gradientSeconds: Double {
      compute + sharedMemory + merges + earlyProducts + gradientForkJoin + gradientExchange
    }
    package var reduceSeconds: Double { reduction + products + sharedProducts + reduceForkJoin + reduceExchange }
    package var stepSeconds: Double { gradientSeconds + reduceSeconds }
    /// All but what crosses from rank to rank.
    package var ownSeconds: Double { stepSeconds - gradientExchange - reduceExchange }
    /// What is done piece by piece once samples are: pieces can travel meanwhile.
    package var pieceSeconds: Double { merges + earlyProducts + reduction + products + sharedProducts }
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
    let threads = Set(works.map(\.hostWorkers)).count
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
    return terms + specialTerms(toldBy: works)
  }

  /// What only some machines have, and grids with several ranks.
  private static func specialTerms(toldBy works: [StepWork]) -> [Term] {
    var terms: [Term] = []
    let shared = works.filter { $0.hostWorkers > 1 }.map(\.places)
    // What a cache adds can be told from what a node adds where some worker has company on its node alone.
    if shared.contains(where: { $0.sameGroup > 0 }), shared.contains(where: { $0.sameGroup < $0.sameNode }) {
      terms.append(.groupSample)
    }
    if Set(works.map(\.places.remote)).count >= 2 { terms += [.remoteSample, .remoteByte] }
    let sent = Set(works.filter { $0.ranks > 1 }.map { $0.sumBytes + $0.weightBytes })
    if !sent.isEmpty { terms.append(.exchangedByte) }
    if sent.count >= 2 { terms.append(.exchange) }
    return terms
  }

  /// How often each term counts before a step's update, in it, and for products of factored gradients.
  private struct Counts {
    var gradient: [Term: Double]
    var reduce: [Term: Double]
    var products: [Term: Double]

    init(_ work: StepWork) {
      let atOnce = 1 - work.deferredShare
      let (places, all) = (work.places, work.updatePlaces)
      let others = Double(work.hostSamples - work.busiestSamples)
      gradient = [
        .gradientConstant: 1, .sample: atOnce * Double(work.busiestSamples),
        .microbatch: Double(work.busiestMicrobatches), .sharedSample: atOnce * others * places.sameNode,
        .groupSample: atOnce * others * places.sameGroup,
        .remoteSample: atOnce * Double(work.busiestSamples) * places.remote, .wake: Double(work.gradientWakes),
        .byte: work.busiestMergedBytes, .sharedByte: (work.mergedBytes - work.busiestMergedBytes) * all.sameNode,
        .remoteByte: work.busiestMergedBytes * all.remote, .exchangedByte: work.sumBytes,
        .exchange: Double(work.gradientExchanges),
      ]
      reduce = [
        .reduceConstant: 1, .byte: work.busiestUpdatedBytes,
        .sharedByte: (work.updatedBytes - work.busiestUpdatedBytes) * all.sameNode,
        .remoteByte: work.busiestUpdatedBytes * all.remote, .wake: Double(work.updateWakes),
        .exchangedByte: work.weightBytes, .exchange: Double(work.updateExchanges),
      ]
      let deferred = work.deferredShare * Double(work.hostSamples)
      let busiest = deferred / Double(work.hostRanks) * work.busiestDeferredShare
      products = [
        .sample: busiest, .sharedSample: (deferred - busiest) * all.sameNode,
        .groupSample: (deferred - busiest) * all.sameGroup, .remoteSample: busiest * all.remote,
      ]
    }
  }

  /// The rows of the fit: products wait for the update; a rank of several multiplies those of its own shards before it.
  private static func counts(_ work: StepWork) -> (gradient: [Term: Double], reduce: [Term: Double]) {
    let counts = Counts(work)
    return work.ranks > 1
      ? (counts.gradient.merging(counts.products, uniquingKeysWith: +), counts.reduce)
      : (counts.gradient, counts.reduce.merging(counts.products, uniquingKeysWith: +))
  }

  /// The cost of a step.
  package func cost(_ work: StepWork) -> Cost {
    let counts = Counts(work)
    func sum(_ counts: [Term: Double], _ terms: [Term]) -> Double {
      terms.reduce(0) { $0 + seconds[$1, default: 0] * counts[$1, default: 0] }
    }
    let shared: [Term] = [.sharedSample, .groupSample, .remoteSample]
    let bytes: [Term] = [.byte, .sharedByte, .remoteByte]
    let exchange: [Term] = [.exchangedByte, .exchange]
    var cost = Cost(
      compute: sum(counts.gradient, [.sample, .microbatch]), sharedMemory: sum(counts.gradient, shared),
      merges: sum(counts.gradient, bytes), reduction: sum(counts.reduce, bytes),
      gradientForkJoin: sum(counts.gradient, [.gradientConstant, .wake]),
      reduceForkJoin: sum(counts.reduce, [.reduceConstant, .wake]),
      gradientExchange: sum(counts.gradient, exchange), reduceExchange: sum(counts.reduce, exchange))
    if work.ranks > 1 {
      cost.earlyProducts = sum(counts.products, [.sample] + shared)
    } else {
      cost.products = sum(counts.products, [.sample])
      cost.sharedProducts = sum(counts.products, shared)
    }
    return cost
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
