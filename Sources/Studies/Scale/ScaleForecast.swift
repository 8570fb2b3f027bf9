import Statistics
import Gradients
import Machine
import Configuration
import Coordinator
import Models
import Records

/// A cost model with the fits that leave out one cell each: what to expect of more threads, and how far to trust it.
package struct ScaleForecast: Sendable {
  /// Thread counts that are always predicted.
  package static let threads = [4, 8, 16, 32, 64, 128, 256]

  package let observations: [ScaleModel.Observation]
  /// Fitted to all observations.
  package let model: ScaleModel
  /// Fitted to all but one observation each; empty for a single one.
  package let partial: [ScaleModel]
  /// What the machine has of nodes, L3 groups and cores; `nil` for one of which all cores are alike.
  package let machine: Topology.Count?

  /// `nil` without an observation.
  package init?(_ observations: [ScaleModel.Observation], machine: Topology.Count? = nil) {
    self.machine = machine
    guard let model = ScaleModel(fitting: observations) else { return nil }
    self.observations = observations
    self.model = model
    partial = observations.indices.compactMap { left in
      ScaleModel(fitting: observations.indices.filter { $0 != left }.map { observations[$0] })
    }
  }

  /// Step time of an observation as the others predict it; `nil` for a single one.
  package func heldOutSeconds(_ index: Int) -> Double? {
    partial.isEmpty ? nil : partial[index].cost(observations[index].work).stepSeconds
  }

  /// The fitted numbers with their spread and the error on observations left out.
  package var record: ScaleModelRecord {
    let terms = ScaleModel.Term.allCases.filter { !$0.isSpecial || model.told.contains($0) }
    let parameters = terms.map { term in
      let value = model.seconds[term] ?? 0
      let others = partial.map { $0.seconds[term] ?? 0 } + [value]
      return ScaleModelRecord.Parameter(
        term: term, seconds: value, low: others.min() ?? value, high: others.max() ?? value,
        isTold: model.told.contains(term))
    }
    var record = ScaleModelRecord(
      parameters: parameters, fittedCells: observations.count,
      fittedThreads: Set(observations.map(\.work.threads)).sorted(),
      fittedBatches: Set(observations.map(\.work.samples)).sorted())
    if hasNodes { record.fittedNodes = observations.map(\.work.updatePlaces.nodes).max() }
    let errors = observations.indices.compactMap { index in
      heldOutSeconds(index).map { abs($0 / observations[index].stepSeconds - 1) }
    }
    if !errors.isEmpty {
      record.medianHeldOutError = EmpiricalDistribution(errors).quantile(0.5)
      record.worstHeldOutError = errors.max()
    }
    return record
  }

  private var hasNodes: Bool { machine.map { $0.nodes > 1 } ?? false }

  /// What one process asks of the machine, or of a larger one of its kind.
  private func work(_ plan: RunPlan, division: BatchDivision? = nil, threads: Int) -> StepWork {
    StepWork(plan, division: division, threads: threads, machine: machine)
  }

  /// Thread counts of observations of the fewest ranks.
  private func threads(_ batch: Int? = nil) -> [Int] {
    let fewest = observations.map(\.work.ranks).min()
    return observations.map(\.work).filter { $0.ranks == fewest && (batch ?? $0.samples) == $0.samples }.map(\.threads)
  }

  /// What to expect at one batch, at the fitted thread counts and at ``threads``.
  ///
  /// - Parameter baseSeconds: the step that speedups are against.
  package func predictions(_ plan: RunPlan, baseSeconds: Double) -> [ScalePrediction] {
    let counts = Set(Self.threads + threads()).sorted()
    return counts.map { threads in
      let work = work(plan, threads: threads)
      let cost = model.cost(work)
      let spread = (partial + [model]).map { Double(plan.division.batch) / $0.cost(work).stepSeconds }
      let half = self.work(plan, threads: max(1, threads / 2))
      var prediction = ScalePrediction(
        threads: threads, batch: plan.division.batch, shards: plan.division.shards,
        gradientSeconds: cost.gradientSeconds, reduceSeconds: cost.reduceSeconds,
        samplesPerSecondLow: spread.min() ?? 0, samplesPerSecondHigh: spread.max() ?? 0,
        speedup: baseSeconds / cost.stepSeconds,
        limit: threads == 1 ? .nothing : model.limit(from: half, to: work).reason,
        moreShards: moreShards(plan, threads: threads, than: cost.stepSeconds))
      if hasNodes { prediction.nodes = work.updatePlaces.nodes }
      return prediction
    }
  }

  /// What the doubling of the most fitted threads meets at one batch.
  package func limit(_ plan: RunPlan, usableCores: Int) -> ScaleLimit? {
    guard let threads = threads(plan.division.batch).max() else { return nil }
    let found = model.limit(from: work(plan, threads: threads), to: work(plan, threads: 2 * threads))
    return ScaleLimit(
      batch: plan.division.batch, threads: threads, nextThreads: 2 * threads,
      exceedsCores: 2 * threads > usableCores, gain: found.gain, reason: found.reason, shards: plan.division.shards)
  }

  /// The fastest number of shards beyond the plan's, if it gains 5 % or more; microbatches stay as they are.
  private func moreShards(_ plan: RunPlan, threads: Int, than seconds: Double) -> ScalePrediction.MoreShards? {
    let microbatches = plan.division.microbatches(count: plan.division.batch)
    let candidates = Set([threads, 2 * threads, 4 * threads, microbatches].map { min($0, microbatches) })
    var best: (shards: Int, seconds: Double)?
    for shards in candidates.sorted() where shards > plan.division.shards && shards <= 4 * threads {
      guard
        let division = try? BatchDivision(
          batch: plan.division.batch, shards: shards, microbatch: plan.division.microbatch,
          isConvolutional: plan.configuration.model.isConvolutional, dealsEvenly: plan.division.dealsEvenly)
      else { continue }
      let found = model.cost(work(plan, division: division, threads: threads)).stepSeconds
      if found < best?.seconds ?? .infinity { best = (shards, found) }
    }
    guard let best, best.seconds * 1.05 <= seconds else { return nil }
    return .init(shards: best.shards, samplesPerSecond: Double(plan.division.batch) / best.seconds)
  }
}
