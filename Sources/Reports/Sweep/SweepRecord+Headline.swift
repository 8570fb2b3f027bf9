import Charts
import Foundation
import Records

extension SweepRecord {
  /// What the sweep came to, in one sentence.
  package var headline: String {
    guard !points.isEmpty else { return "No cell of the sweep has finished yet." }
    if grid.rules.count > 1, comparesErrors, let text = ruleHeadline { return text }
    guard grid.target != nil else { return qualityHeadline }
    guard hasReached else {
      let budget = HumanFormat.plural(HumanFormat.short(grid.epochs), "epoch")
      return "No batch reached \(targetText) within \(budget)."
    }
    return speedHeadline
  }

  /// "97 %", "a test loss of 0.1"; empty without a target.
  var targetText: String {
    if let accuracy = grid.target?.testAccuracy { return HumanFormat.short(accuracy * 100, digits: 4) + " %" }
    if let loss = grid.target?.testLoss { return "a test loss of \(HumanFormat.short(loss))" }
    return ""
  }

  /// Whether cells use their whole budget, so that their errors can be compared.
  var comparesErrors: Bool { grid.toTheEnd || grid.target == nil }

  /// Whether the results have accuracies, rather than losses alone.
  var hasAccuracy: Bool { points.contains { $0.bestTestAccuracy != nil } }

  /// The smallest batch whose median time is within 5 % of the best, and its speedup.
  var knee: SweepSpeedup? {
    let best = speedup.map(\.seconds).max() ?? 0
    return speedup.first { $0.seconds >= 0.95 * best }
  }

  private var speedHeadline: String {
    guard let knee, let base = speedup.first else {
      let batches = Set(points.filter(\.reached).map(\.batch)).sorted().map(HumanFormat.count).joined(separator: ", ")
      return "Batch \(batches) reached \(targetText), but for no batch did half of the seeds."
    }
    let name = HumanFormat.count(knee.batch)
    if speedup.count == 1 {
      let time = rules.first?.batches.first { $0.batch == knee.batch }?.seconds?.median ?? 0
      let others = grid.batches.count > 1 ? "; no other batch did in most of its runs" : ""
      return "On this machine, batch \(name) reaches \(targetText) in \(HumanFormat.duration(time))\(others)."
    }
    if knee.batch == base.batch { return smallestHeadline(name) }
    let contrast = timeContrast(knee.batch, sooner: base.batch)
    let other = HumanFormat.count(base.batch)
    guard let contrast, contrast.isSettled, let half = contrast.half else {
      return "Batch \(name) took \(HumanFormat.short(1 / knee.seconds, digits: 2)) × the time of \(other) to "
        + "\(targetText), but \(doubt([contrast]) ?? "")."
    }
    func times(_ logarithm: Double) -> String { HumanFormat.short(exp(logarithm), digits: 2) }
    let first =
      "On this machine, batch \(name) reaches \(targetText) \(HumanFormat.short(knee.seconds, digits: 2)) × as fast as "
      + "\(other) (95 %: \(times(contrast.difference - half)) to \(times(contrast.difference + half)) ×)"
    return knee.batch == (grid.batches.max() ?? knee.batch)
      ? first + "; it is the largest tried, and a larger one may be faster still."
      : first + "; no larger one was faster by more than 5 %."
  }

  /// Where no batch was sooner than the smallest that reached the target, by more than 5 %.
  private func smallestHeadline(_ name: String) -> String {
    let batch = speedup.first?.batch == grid.batches.min() ? "the smallest batch, \(name)" : "batch \(name)"
    let contrasts = speedup.dropFirst().map { timeContrast(speedup[0].batch, sooner: $0.batch) }
    let time = rules.first?.batches.first { $0.batch == speedup[0].batch }?.seconds?.median ?? 0
    if let doubt = doubt(contrasts) {
      return
        "On this machine, \(batch), reached \(targetText) in \(HumanFormat.duration(time)), and no larger one was faster by "
        + "more than 5 %; but \(doubt)."
    }
    return "On this machine, \(batch), reaches \(targetText) fastest, in \(HumanFormat.duration(time))."
  }

  /// Whether the headline's comparison is more than the seeds' own differences.
  var isSettled: Bool {
    if grid.target != nil, !(grid.rules.count > 1 && comparesErrors) {
      guard let knee, let base = speedup.first, speedup.count > 1 else { return false }
      if knee.batch != base.batch { return timeContrast(knee.batch, sooner: base.batch)?.isSettled ?? false }
      return doubt(speedup.dropFirst().map { timeContrast(base.batch, sooner: $0.batch) }) == nil
    }
    return false
  }

  private var qualityHeadline: String {
    let batches = rules.first?.batches ?? []
    guard let rule = rules.first, let first = batches.first, let last = batches.last,
      let small = quality(first), let large = quality(last)
    else { return "Every run diverged." }
    if first.batch == last.batch { return "Batch \(HumanFormat.count(first.batch)) ends at \(small) \(qualityName)." }
    let contrast = SweepContrast(qualities(cells(first.batch, rule)), qualities(cells(last.batch, rule)))
    return "From batch \(HumanFormat.count(first.batch)) to \(HumanFormat.count(last.batch)), the \(qualityName) goes "
      + "from \(small) to \(large)" + (doubt([contrast]).map { "; but \($0)." } ?? ".")
  }

  /// "At batch 1,024, the test error is 2.1 % with gradual warmup, 3.4 % with no warmup …".
  private var ruleHeadline: String? {
    let batch = rules.compactMap { $0.batches.last?.batch }.max() ?? 0
    let results = rules.compactMap { rule in
      rule.batches.last { $0.batch == batch }.map { (rule, $0) }
    }
    guard results.count > 1 else { return nil }
    let parts = results.map { rule, record in
      "\(quality(record) ?? "no number: every run diverged") with \(shortName(rule.rule))"
    }
    let shown = parts.count <= 4 ? parts : [parts[0], parts[1], parts[2], "…"]
    let values = results.map { qualities(cells(batch, $0.0)) }.filter { !$0.isEmpty }
    let contrasts = values.indices.flatMap { first in
      values.indices.dropFirst(first + 1).map { SweepContrast(values[first], values[$0]) }
    }
    let doubt = contrasts.isEmpty ? nil : doubt(contrasts)
    return "At batch \(HumanFormat.count(batch)), the \(qualityName) is " + shown.joined(separator: ", ")
      + (doubt.map { "; but \($0)." } ?? ".")
  }

  /// The rule without what all rules share.
  func shortName(_ rule: SweepRule) -> String {
    if rule.scaling == "none" { return rule.name }
    if Set(grid.rules.map(\.scaling)).count == 1 { return (rule.warmup == "none" ? "no" : rule.warmup) + " warmup" }
    if Set(grid.rules.filter { $0.scaling != "none" }.map(\.warmup)).count == 1 { return rule.scaling + " scaling" }
    return rule.name
  }

  var qualityName: String { (comparesErrors ? "final " : "") + (hasAccuracy ? "test error" : "test loss") }

  /// What batches are compared by: the end of whole runs (Goyal et al. 2017 report the last epochs), since a run may be
  /// at its best before its rate jumps up, and fail then; else the best evaluation on the way to the target.
  func accuracy(_ batch: SweepBatchRecord) -> SweepMean? {
    comparesErrors ? batch.testAccuracy : batch.bestTestAccuracy
  }

  /// See ``accuracy(_:)``.
  func loss(_ batch: SweepBatchRecord) -> SweepMean? { comparesErrors ? batch.testLoss : batch.bestTestLoss }

  /// Error or loss with its deviation: "1.9 ± 0.1 %".
  func quality(_ batch: SweepBatchRecord) -> String? {
    if hasAccuracy {
      guard let accuracy = accuracy(batch) else { return nil }
      let error = HumanFormat.fixed((1 - accuracy.mean) * 100, decimals: 2)
      return error + (accuracy.deviation.map { " ± " + HumanFormat.fixed($0 * 100, decimals: 2) } ?? "") + " %"
    }
    guard let loss = loss(batch) else { return nil }
    return HumanFormat.number(loss.mean) + (loss.deviation.map { " ± " + HumanFormat.number($0, digits: 2) } ?? "")
  }
}

extension SweepRecord {
  /// Sentences that stand below the headline.
  var remarks: [String] {
    var remarks: [String] = []
    if !isComplete {
      remarks.append("\(points.count) of \(plannedCells) cells have finished; the rest is still to come.")
    }
    if let regimes { remarks.append(regimes) }
    if let noise { remarks.append(noise) }
    let diverged = points.count { $0.outcome == .diverged }
    let missed = points.count { !$0.reached && $0.outcome != .diverged }
    var outcomes: [String] = []
    if diverged > 0 { outcomes.append("\(diverged) diverged") }
    if missed > 0, grid.target != nil { outcomes.append("\(missed) did not reach \(targetText) in the budget") }
    if !outcomes.isEmpty {
      remarks.append("Of \(HumanFormat.plural("\(points.count)", "run")), " + outcomes.joined(separator: " and ") + ".")
    }
    // A small batch has fewer shards, and so fewer threads of its own accord; the same batch must not change its own.
    let changes = Dictionary(grouping: points, by: \.batch).values.contains { Set($0.map(\.threads)).count > 1 }
    if changes {
      remarks.append("The same batch ran with different numbers of threads, so times do not compare.")
    }
    return remarks + notes.map(HumanFormat.sentence)
  }

  /// The smallest and the largest batch on the first rule's curve.
  private var fittedBatches: ClosedRange<Double>? {
    let batches = (rules.first?.batches ?? []).filter { $0.steps != nil }.map { Double($0.batch) }
    guard let smallest = batches.min(), let largest = batches.max() else { return nil }
    return smallest...largest
  }

  /// The critical batch; where its interval is wide, that alone; and that it lies beyond the batches on the curve, which
  /// then do not tell where.
  var criticalBatchText: String? {
    guard let fit, let batches = fittedBatches else { return nil }
    if fit.criticalBatch > batches.upperBound * SweepRegime.factor {
      return "above \(HumanFormat.count(Int(within: batches.upperBound)))"
    }
    if fit.criticalBatch * SweepRegime.factor < batches.lowerBound {
      return "below \(HumanFormat.count(Int(within: batches.lowerBound)))"
    }
    if let low = fit.criticalBatchLow, let high = fit.criticalBatchHigh, high > Self.wideInterval * low {
      return "between \(HumanFormat.number(low, digits: 2)) and \(HumanFormat.number(high, digits: 2))"
    }
    return HumanFormat.number(fit.criticalBatch, digits: 2)
  }

  /// Ends of an interval so far apart that no number between them is worth naming.
  private static let wideInterval = 4.0

  /// The ends of the 95 % interval of the critical batch.
  var criticalBatchInterval: String? {
    guard let low = fit?.criticalBatchLow, let high = fit?.criticalBatchHigh else { return nil }
    return "95 %: \(HumanFormat.number(low, digits: 2)) to \(HumanFormat.number(high, digits: 2))"
  }

  /// Behind a number that has no interval, or one of a single seed.
  var criticalBatchCaution: String? {
    guard let fit else { return nil }
    if fit.criticalBatchLow == nil { return "no interval: \(HumanFormat.plural("\(fit.points)", "run")) alone" }
    return grid.seeds.count == 1 ? "one seed: another one may move it" : nil
  }

  /// "about 230", or "between 190 and 270" where the critical batch has an interval.
  private func border(_ factor: Double) -> String {
    guard let low = fit?.criticalBatchLow, let high = fit?.criticalBatchHigh, let fit else {
      return "about " + HumanFormat.number((fit?.criticalBatch ?? 0) * factor, digits: 2)
    }
    let ends = [low, high].map { HumanFormat.number($0 * factor, digits: 2) }
    return ends[0] == ends[1]
      ? "about " + HumanFormat.number(fit.criticalBatch * factor, digits: 2) : "between \(ends[0]) and \(ends[1])"
  }

  /// Where the measured batches stand on the curve.
  private var regimes: String? {
    guard let fit, let batches = fittedBatches, let critical = criticalBatchText else { return nil }
    let caution = criticalBatchCaution.map { " (\($0))" } ?? ""
    let interval = criticalBatchInterval.map { " (\($0))" } ?? ""
    if critical.hasPrefix("above") {
      // Beyond the batches tried, the interval's upper end is where the search ends.
      let isSure = fit.criticalBatchLow.map { $0 > batches.upperBound } ?? false
      return isSure
        ? "Every batch scales almost perfectly: each doubling takes nearly half the steps, and the critical batch lies "
          + "beyond the batches tried\(caution)."
        : "The fitted critical batch lies beyond the batches tried\(interval), but these do not settle it\(caution)."
    }
    if critical.hasPrefix("below") {
      let isSure = fit.criticalBatchHigh.map { $0 < batches.lowerBound } ?? false
      return isSure
        ? "Larger batches hardly save steps: the critical batch lies below the batches tried\(caution)."
        : "The fitted critical batch lies below the batches tried\(interval), but these do not settle it\(caution)."
    }
    // Only the borders that lie among the batches tried are worth naming.
    var clauses: [String] = []
    let (perfect, flat) = (fit.criticalBatch / SweepRegime.factor, fit.criticalBatch * SweepRegime.factor)
    if perfect >= batches.lowerBound {
      clauses.append("up to a batch of \(border(1 / SweepRegime.factor)) twice the batch takes almost half the steps")
    }
    clauses.append(clauses.isEmpty ? "returns diminish from the smallest batch on" : "from there returns diminish")
    if flat <= batches.upperBound {
      clauses.append("past one of \(border(SweepRegime.factor)) a larger batch hardly saves any steps")
    }
    let list =
      clauses.count < 3
      ? clauses.joined(separator: ", and ") : "\(clauses[0]), \(clauses[1]), and \(clauses[2])"
    let number = critical.hasPrefix("between") ? critical + " (95 %)" : "about \(critical)\(interval)"
    return "The critical batch is \(number): \(list)\(caution)."
  }

  /// The noise scale measured in the runs, beside the critical batch.
  private var noise: String? {
    guard let scale = measuredNoiseScale else { return nil }
    let batches = rules.first?.batches ?? []
    let infinite = batches.reduce(0) { $0 + ($1.infiniteNoiseScales ?? 0) }
    let cells = batches.reduce(0) { $0 + ($1.noiseScaleCells ?? 0) }
    let endless =
      "in \(infinite) of \(cells) runs the gradient could not be told from zero in the noise of its last hundred steps"
    guard scale.isFinite else { return "The gradient noise scale measured in the runs has no upper end: \(endless)." }
    let text = "The gradient noise scale measured in the runs is about \(HumanFormat.number(scale, digits: 2))"
    let ending = infinite > 0 ? "; \(endless)." : "."
    guard let fit, criticalBatchText?.first?.isNumber == true else { return text + ending }
    return text + ", \(HumanFormat.number(scale / fit.criticalBatch, digits: 2)) times the critical batch\(ending)"
  }

  /// Median over the batches of the first rule, infinite ones included.
  var measuredNoiseScale: Double? { SweepSpread(rules.first?.batches.compactMap(\.measuredNoiseScale) ?? [])?.median }
}

extension SweepRegime {
  /// The regime in a word.
  var name: String {
    switch self {
    case .perfectScaling: "perfect"
    case .diminishingReturns: "diminishing"
    case .maximalDataParallelism: "flat"
    }
  }
}
