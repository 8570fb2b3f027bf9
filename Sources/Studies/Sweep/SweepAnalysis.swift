import Records

/// What follows from the points of a sweep: pure functions, without any training.
package enum SweepAnalysis {
  /// The record with its points sorted, and rules, fit and speedup made anew from them.
  package static func analysed(_ record: SweepRecord, replicates: Int = 1000) -> SweepRecord {
    var result = record
    result.points = sorted(record.points, record.grid)
    result.rules = record.grid.rules.compactMap { rule in
      let points = result.points.filter { $0.rule == rule }
      return points.isEmpty
        ? nil : analysed(rule, points, seed: record.grid.seeds.first ?? 0, replicates: replicates)
    }
    // The contract's keys are the first rule's: of the config's own where no others are asked for.
    let first = result.rules.first { $0.rule == record.grid.rules.first }
    result.fit = first?.fit
    result.speedup = first?.speedup ?? []
    return result
  }

  /// By rule in the grid's order, batch, multiple and seed.
  private static func sorted(_ points: [SweepPoint], _ grid: SweepGrid) -> [SweepPoint] {
    let rules = Dictionary(uniqueKeysWithValues: grid.rules.enumerated().map { ($1, $0) })
    func key(_ point: SweepPoint) -> (Int, Int, Double, UInt64) {
      (rules[point.rule] ?? rules.count, point.batch, point.learningRate, point.seed)
    }
    return points.sorted { key($0) < key($1) }
  }

  private static func analysed(
    _ rule: SweepRule, _ points: [SweepPoint], seed: UInt64, replicates: Int
  ) -> SweepRuleRecord {
    let byBatch = Dictionary(grouping: points, by: \.batch)
    let best = byBatch.mapValues(bestMultiple)
    var batches = byBatch.keys.sorted().map { batch in
      summary(batch: batch, of: (best[batch] ?? []))
    }
    // Batches that most seeds missed would bend the curve: their few cells that reached it were the luckiest.
    let reached = batches.filter { $0.steps != nil }.flatMap { record in
      (best[record.batch] ?? []).filter(\.reached)
    }
    let fit = CriticalBatchFit.fit(
      reached.compactMap { point in
        point.stepsToTarget.map { .init(batch: Double(point.batch), steps: Double($0)) }
      }, replicates: replicates, seed: seed)
    if let fit {
      for index in batches.indices { batches[index].regime = fit.regime(batch: Double(batches[index].batch)) }
    }
    return SweepRuleRecord(
      rule, batches: batches, fit: fit, speedup: speedup(batches.filter { $0.steps != nil }, cells: best))
  }

  /// The cells of the multiple of the learning rate that suits a batch best.
  ///
  /// First the share of seeds that reached the target counts, then their median steps; where none did, the mean of the
  /// last accuracies, or of the last losses: a run may be at its best before its rate jumps up, and fail then. Diverged cells count as missed; a tie goes to the smaller rate.
  package static func bestMultiple(_ cells: [SweepPoint]) -> [SweepPoint] {
    struct Rank {
      var share: Double
      var steps: Double
      var quality: Double
    }
    func rank(_ cells: [SweepPoint]) -> Rank {
      let steps = SweepSpread(cells.compactMap { $0.stepsToTarget.map(Double.init) })?.median
      let sound = cells.filter { $0.outcome != .diverged }
      let quality =
        SweepMean(sound.compactMap(\.testAccuracy))?.mean ?? SweepMean(sound.compactMap(\.testLoss)).map { -$0.mean }
      return Rank(
        share: Double(cells.count(where: \.reached)) / Double(cells.count), steps: steps ?? .infinity,
        quality: quality ?? -.infinity)
    }
    let candidates = Dictionary(grouping: cells, by: \.learningRate).sorted { $0.key < $1.key }.map(\.value)
    var best = candidates.first ?? []
    for candidate in candidates.dropFirst() {
      let (new, old) = (rank(candidate), rank(best))
      if (new.share, -new.steps, new.quality) > (old.share, -old.steps, old.quality) { best = candidate }
    }
    return best
  }

  private static func summary(batch: Int, of cells: [SweepPoint]) -> SweepBatchRecord {
    let reached = cells.filter(\.reached)
    var record = SweepBatchRecord(
      batch: batch, learningRate: cells.first?.learningRate ?? 1,
      scaledLearningRate: cells.first?.scaledLearningRate ?? 0, seeds: cells.count, reached: reached.count,
      diverged: cells.count { $0.outcome == .diverged })
    if 2 * reached.count >= cells.count {
      record.steps = SweepSpread(reached.compactMap { $0.stepsToTarget.map(Double.init) })
      record.samples = SweepSpread(reached.compactMap { $0.samplesToTarget.map(Double.init) })
      record.seconds = SweepSpread(reached.compactMap(\.secondsToTarget))
    }
    let sound = cells.filter { $0.outcome != .diverged }
    record.testAccuracy = SweepMean(sound.compactMap(\.testAccuracy))
    record.testLoss = SweepMean(sound.compactMap(\.testLoss))
    record.bestTestAccuracy = SweepMean(sound.compactMap(\.bestTestAccuracy))
    record.bestTestLoss = SweepMean(sound.compactMap(\.bestTestLoss))
    let scales = cells.compactMap(\.measuredNoiseScale)
    if let median = SweepSpread(scales)?.median {
      record.noiseScale = median.isFinite ? median : nil
      record.noiseScaleCells = scales.count
      record.infiniteNoiseScales = scales.count { $0.isInfinite }
    }
    return record
  }

  /// Medians against medians; the spread is that of each seed against itself, so that a hard seed does not count twice.
  private static func speedup(_ batches: [SweepBatchRecord], cells: [Int: [SweepPoint]]) -> [SweepSpeedup] {
    guard let base = batches.first, let baseSteps = base.steps, let baseSeconds = base.seconds else { return [] }
    let baseCells = Dictionary(
      (cells[base.batch] ?? []).filter(\.reached).map { ($0.seed, $0) }, uniquingKeysWith: { first, _ in first })
    return batches.compactMap { batch in
      guard let steps = batch.steps, let seconds = batch.seconds, seconds.median > 0 else { return nil }
      func range(_ value: (SweepPoint) -> Double?) -> ClosedRange<Double>? {
        let ratios = (cells[batch.batch] ?? []).compactMap { cell -> Double? in
          guard let other = baseCells[cell.seed].flatMap(value), let own = value(cell), own > 0 else { return nil }
          return other / own
        }
        return SweepSpread(ratios).map { $0.low...$0.high }
      }
      return SweepSpeedup(
        batch: batch.batch, steps: baseSteps.median / steps.median, seconds: baseSeconds.median / seconds.median,
        stepsRange: range { $0.stepsToTarget.map(Double.init) }, secondsRange: range(\.secondsToTarget))
    }
  }
}
