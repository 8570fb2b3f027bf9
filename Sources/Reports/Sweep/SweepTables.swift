import Charts
import Records

/// The tables of a sweep.
enum SweepTables {
  /// A rule's batches: what the target took, at the best multiple of the rate.
  ///
  /// `isBrief` leaves out what does not fit a terminal of 80 columns.
  static func batches(
    _ record: SweepRecord, _ rule: SweepRuleRecord, caption: String? = nil, isBrief: Bool = false
  ) -> TextTable {
    let hasNoise = !isBrief && rule.batches.contains { $0.measuredNoiseScale != nil }
    let hasTarget = record.grid.target != nil
    // Runs that stop at the target have about its error.
    let hasQuality = record.comparesErrors || (!isBrief && rule.batches.contains { $0.steps == nil })
    var columns: [TextTable.Column] = [.init("batch"), .init(isBrief ? "rate" : "learning rate")]
    if hasTarget {
      columns += [.init("reached"), .init("steps"), .init("samples"), .init("time"), .init("speedup")]
    }
    if hasQuality { columns.append(.init(record.qualityName)) }
    if hasNoise { columns.append(.init("noise scale")) }
    if hasTarget { columns.append(.text("scaling")) }
    var table = TextTable(caption: caption, columns: columns)
    let several = record.grid.learningRates.count > 1
    for batch in rule.batches {
      let multiple = several ? " (× \(HumanFormat.short(batch.learningRate)))" : ""
      var cells = [HumanFormat.count(batch.batch), HumanFormat.short(batch.scaledLearningRate) + multiple]
      if hasTarget {
        let speedup = rule.speedup.first { $0.batch == batch.batch }
        cells += [
          "\(batch.reachedSeeds) of \(batch.seeds)", spread(batch.steps, isBrief: isBrief),
          HumanFormat.optional(batch.samples?.median) { HumanFormat.prefixed($0) },
          HumanFormat.optional(batch.seconds?.median) { HumanFormat.duration($0) },
          speedup.map { self.times($0, isBrief: isBrief) } ?? HumanFormat.missing,
        ]
      }
      let diverged = batch.divergedSeeds == batch.seeds ? "diverged" : HumanFormat.missing
      if hasQuality { cells.append(record.quality(batch) ?? diverged) }
      if hasNoise { cells.append(HumanFormat.optional(batch.measuredNoiseScale) { HumanFormat.scale($0) }) }
      if hasTarget { cells.append(batch.steps == nil ? "" : regime(batch, rule.fit)) }
      table.append(cells)
    }
    return table
  }

  /// Rules at each batch: error as mean ± deviation over seeds (Goyal et al. 2017, table 1).
  static func rules(_ record: SweepRecord) -> TextTable {
    let hasTarget = record.grid.target != nil
    var table = TextTable(
      columns: [.text("rule"), .init("batch"), .init("learning rate"), .init(record.qualityName), .init("diverged")]
        + (hasTarget ? [.init("steps to target")] : []))
    for batch in Set(record.points.map(\.batch)).sorted() {
      for rule in record.rules {
        guard let result = rule.batches.first(where: { $0.batch == batch }) else { continue }
        table.append(
          [
            rule.rule.name, HumanFormat.count(batch), HumanFormat.short(result.scaledLearningRate),
            record.quality(result) ?? HumanFormat.missing, "\(result.divergedSeeds) of \(result.seeds)",
          ] + (hasTarget ? [spread(result.steps)] : []))
      }
    }
    return table
  }

  /// Every cell.
  static func cells(_ record: SweepRecord) -> TextTable {
    let hasAccuracy = record.hasAccuracy
    var table = TextTable(columns: [
      .text("rule"), .init("batch"), .init("× rate"), .init("seed"), .text("outcome"), .init("steps to target"),
      .init("time to target"), .init("steps"), .init("epochs"), .init(hasAccuracy ? "best accuracy" : "least loss"),
      .init("training"), .init("evaluation"),
    ])
    for point in record.points {
      table.append([
        point.rule.name, HumanFormat.count(point.batch), HumanFormat.short(point.learningRate), "\(point.seed)",
        outcome(point),
        HumanFormat.optional(point.stepsToTarget.map(Double.init)) { HumanFormat.count(Int(within: $0)) },
        HumanFormat.optional(point.secondsToTarget) { HumanFormat.duration($0) }, HumanFormat.count(point.steps),
        HumanFormat.short(point.epochs),
        hasAccuracy
          ? HumanFormat.optional(point.bestTestAccuracy) { HumanFormat.percent($0) }
          : HumanFormat.optional(point.bestTestLoss) { HumanFormat.number($0) },
        HumanFormat.duration(point.trainingSeconds), HumanFormat.duration(point.evaluationSeconds),
      ])
    }
    return table
  }

  private static func outcome(_ point: SweepPoint) -> String {
    switch point.outcome {
    case .targetReached: "reached"
    case .diverged: "diverged" + (point.divergedAtStep.map { " at step \(HumanFormat.count($0))" } ?? "")
    case .completed: point.reached ? "reached, continued" : "end of budget"
    case .interrupted: "interrupted"
    }
  }

  /// "3.3 × (2.8–3.9)": the ratio of medians, and the range of each seed against itself.
  private static func times(_ speedup: SweepSpeedup, isBrief: Bool) -> String {
    let ratio = HumanFormat.short(speedup.seconds, digits: 2) + " ×"
    if isBrief || speedup.secondsLow == speedup.secondsHigh { return ratio }
    let ends = [speedup.secondsLow, speedup.secondsHigh].map { HumanFormat.short($0, digits: 2) }
    return "\(ratio) (\(ends[0])–\(ends[1]))"
  }

  /// The regime, or all that the critical batch's interval leaves open.
  private static func regime(_ batch: SweepBatchRecord, _ fit: SweepFit?) -> String {
    guard let own = batch.regime else { return "" }
    let ends = [fit?.criticalBatchHigh, fit?.criticalBatchLow].compactMap { critical in
      critical.map { SweepFit(minimumSteps: 1, criticalBatch: $0).regime(batch: Double(batch.batch)).name }
    }
    guard let first = ends.first, let last = ends.last, first != last else { return own.name }
    return "\(first) or \(last)"
  }

  /// "120 (105–150)"; one number where all are the same.
  private static func spread(_ spread: SweepSpread?, isBrief: Bool = false) -> String {
    guard let spread else { return HumanFormat.missing }
    let median = HumanFormat.count(Int(within: spread.median.rounded()))
    if isBrief || spread.low == spread.high { return median }
    return "\(median) (\(HumanFormat.count(Int(within: spread.low)))–\(HumanFormat.count(Int(within: spread.high))))"
  }
}
