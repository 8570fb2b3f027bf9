import Charts
import Foundation
import Records
import Statistics

/// The page of several runs, one over the other.
package enum OverlayReport {
  /// Makes the page; runs may still go on, or lack their summary.
  ///
  /// Runs that differ in nothing but their seed have one colour, and their mean a band.
  ///
  /// - Parameters:
  ///   - records: two or more, each of another directory.
  ///   - names: what is compared, a name for each run: seeds of one name belong together. Left out, configs tell.
  package static func page(_ records: [RunRecord], names: [String]? = nil) -> ReportPage {
    precondition(records.count >= 2, "an overlay of \(records.count) runs")
    let runs = OverlayRun.all(records, names: names)
    let groups = OverlayGroup.all(runs, names: names)
    var sections = [
      ReportPage.Section(
        "Results", [.table(resultTable(runs, groups))] + seedBlocks(groups) + [.paragraph(bitsText(runs))])
    ]
    sections.append(
      .init("Against epochs", [.charts(OverlayCharts.againstEpochs(groups))] + bandText(groups)))
    let others = OverlayCharts.againstOthers(groups)
    if !others.isEmpty {
      sections.append(
        .init(
          "Against time and steps",
          [
            .charts(others),
            .paragraph("Time is that of the steps: evaluation and saving are left out."),
          ]))
    }
    sections.append(.init("In what the runs differ", differences(runs)))
    let names = runs.map(\.label).joined(separator: ", ")
    return ReportPage(
      title: "\(runs.count) runs – Isotherm", kicker: "Isotherm · \(runs.count) runs: \(names)",
      headline: headline(runs, groups), tone: .plain, notes: notes(runs), sections: sections,
      footer: "Made by Isotherm from the records of the runs.")
  }

  // MARK: Words

  private static func headline(_ runs: [OverlayRun], _ groups: [OverlayGroup]) -> String {
    let count = "\(runs.count) runs"
    let digests = runs.compactMap { $0.record.summary?.weightsSHA256 }
    if digests.count == runs.count, Set(digests).count == 1 {
      let accuracy = runs[0].testAccuracy.map { ", with \(HumanFormat.percent($0)) test accuracy" } ?? ""
      return "All \(count) ended with the same weights, bit for bit\(accuracy)."
    }
    let accuracies = runs.compactMap { run in run.testAccuracy.map { (run.label, $0) } }
    let losses = runs.compactMap { run in run.testLoss.map { (run.label, $0) } }.filter { $0.1.isFinite }
    if accuracies.count >= 2 {
      if isOneConfig(groups), let words = seedsText(accuracies.map(\.1)) {
        return "\(accuracies.count) seeds reach \(words)."
      }
      return best(accuracies, of: count, "best test accuracy", more: true) { HumanFormat.percent($0) }
    }
    if losses.count >= 2 {
      return best(losses, of: count, "least test loss", more: false) { HumanFormat.number($0) }
    }
    return "\(count), of which fewer than two have been evaluated."
  }

  /// "98.15 ± 0.12 % test accuracy (mean and standard deviation; 95 % interval of the mean: 98.03 to 98.27 %)".
  private static func seedsText(_ accuracies: [Double]) -> String? {
    func fixed(_ share: Double) -> String { HumanFormat.fixed(share * 100, decimals: 2) }
    guard let interval = MeanInterval(accuracies), let deviation = interval.deviation, let low = interval.low,
      let high = interval.high
    else { return nil }
    return
      "\(fixed(interval.mean)) ± \(fixed(deviation)) % test accuracy (mean and standard deviation; 95 % interval of the "
      + "mean: \(fixed(max(0, low))) to \(fixed(min(1, high))) %)"
  }

  /// "The best test accuracy of 3 runs is 98.15 %, of seed 2; the others have 97.2 % to 98 %."
  private static func best(
    _ scores: [(label: String, value: Double)], of count: String, _ words: String, more: Bool,
    _ format: (Double) -> String
  ) -> String {
    let sorted = scores.sorted { more ? $0.value > $1.value : $0.value < $1.value }
    let ties = sorted.prefix { $0.value == sorted[0].value }
    let others = sorted.dropFirst(ties.count)
    let names = ties.map(\.label).joined(separator: " and ")
    let start = "The \(words) of \(count) is \(format(sorted[0].value)), of \(names)"
    guard let first = others.first, let last = others.last else { return start + "." }
    if others.count == 1 { return "\(start); \(first.label) has \(format(first.value))." }
    return "\(start); the others have \(format(last.value)) to \(format(first.value))."
  }

  private static func notes(_ runs: [OverlayRun]) -> [String] {
    var notes: [String] = []
    for run in runs where run.hasDiverged {
      let step = run.record.summary?.divergence?.step ?? run.record.summary?.steps ?? 0
      notes.append("\(run.label) diverged at step \(HumanFormat.count(step)).")
    }
    for run in runs where run.record.summary == nil {
      notes.append("\(run.label) has no summary: it is still running, or was stopped without time to write one.")
    }
    for run in runs where run.record.metrics.isTruncated || !run.record.metrics.unreadableLines.isEmpty {
      let count = run.record.metrics.unreadableLines.count + (run.record.metrics.isTruncated ? 1 : 0)
      notes.append(
        "\(HumanFormat.plural("\(count)", "line")) of \(run.label)'s metrics.jsonl could not be read and "
          + "\(count == 1 ? "is" : "are") left out.")
    }
    for run in runs where run.configuration == nil {
      notes.append("The config.json of \(run.label) is missing or cannot be read.")
    }
    return notes
  }

  /// Which runs ended with the same weights.
  private static func bitsText(_ runs: [OverlayRun]) -> String {
    let ended = runs.filter { $0.record.summary != nil }
    let groups = Dictionary(grouping: ended) { $0.record.summary?.weightsSHA256 ?? "" }
    let same = groups.filter { $0.value.count > 1 }.sorted { $0.value[0].label < $1.value[0].label }
    if ended.count < 2 { return "Fewer than two runs have ended, so there are no weights to compare." }
    if same.isEmpty { return "No two runs ended with the same weights." }
    return same.map { digest, runs in
      let names = runs.map(\.label)
      let list = names.dropLast().joined(separator: ", ") + " and " + names[names.count - 1]
      return "\(list) ended with the same weights, bit for bit (SHA-256 \(digest.prefix(12))…)."
    }.joined(separator: " ")
  }

  // MARK: Tables

  private static func resultTable(_ runs: [OverlayRun], _ groups: [OverlayGroup]) -> TextTable {
    let hasAccuracy = runs.contains { $0.testAccuracy != nil }
    let level = commonLevel(runs)
    var columns: [TextTable.Column] = [.text("run"), .text("outcome")]
    if hasAccuracy { columns.append(.init("test accuracy")) }
    columns += [.init("test loss"), .init("train loss")]
    if let level { columns.append(.init("time to \(HumanFormat.short(level * 100, digits: 4)) %")) }
    // A column in which all are the same would only push the others off a screen.
    let hasEpochs = Set(runs.map(\.epochs)).count > 1
    if hasEpochs { columns.append(.init("epochs")) }
    columns += [.init("steps"), .init("wall time"), .init("samples/s")]
    var table = TextTable(columns: columns)
    for run in runs { table.append(row(run, hasAccuracy, hasEpochs, level)) }
    if isOneConfig(groups) { table.footer = footer(runs, hasAccuracy, columns.count) }
    return table
  }

  private static func row(_ run: OverlayRun, _ hasAccuracy: Bool, _ hasEpochs: Bool, _ level: Double?) -> [String] {
    let summary = run.record.summary
    let last = run.training.last
    func number(_ value: Double?) -> String { HumanFormat.optional(value) { HumanFormat.number($0) } }
    var cells = [run.label, summary.map { words($0.outcome) } ?? "no summary"]
    if hasAccuracy { cells.append(HumanFormat.optional(run.testAccuracy) { HumanFormat.percent($0) }) }
    cells += [number(run.testLoss), number(summary?.trainLoss ?? (summary == nil ? last?.loss : nil))]
    if let level {
      cells.append(HumanFormat.optional(run.seconds(toAccuracy: level)) { HumanFormat.duration($0) })
    }
    if hasEpochs { cells.append(HumanFormat.optional(run.epochs) { HumanFormat.short($0, digits: 4) }) }
    cells.append((summary?.steps ?? last?.step).map(HumanFormat.count) ?? HumanFormat.missing)
    cells.append(HumanFormat.optional(summary?.wallSeconds) { HumanFormat.duration($0) })
    return cells + [HumanFormat.optional(summary?.samplesPerSecond) { HumanFormat.number($0) }]
  }

  private static func words(_ outcome: RunOutcome) -> String {
    switch outcome {
    case .completed: "completed"
    case .targetReached: "target reached"
    case .diverged: "diverged"
    case .interrupted: "interrupted"
    }
  }

  /// Means and standard deviations over seeds.
  private static func footer(_ runs: [OverlayRun], _ hasAccuracy: Bool, _ count: Int) -> [String]? {
    func cell(_ values: [Double], _ format: (Double) -> String) -> String {
      guard values.count == runs.count, let interval = MeanInterval(values), let deviation = interval.deviation else {
        return ""
      }
      return format(interval.mean) + " ± " + format(deviation)
    }
    var cells = ["mean ± SD", ""]
    if hasAccuracy {
      cells.append(cell(runs.compactMap(\.testAccuracy).map { $0 * 100 }) { HumanFormat.fixed($0, decimals: 2) } + " %")
    }
    cells.append(cell(runs.compactMap(\.testLoss)) { HumanFormat.fixed($0, decimals: 4) })
    return cells.contains { $0.contains("±") } ? cells + Array(repeating: "", count: count - cells.count) : nil
  }

  /// A table of the keys in which the configs differ, a row a key.
  private static func differences(_ runs: [OverlayRun]) -> [ReportPage.Block] {
    guard runs.count(where: { $0.configuration != nil }) >= 2 else {
      return [.paragraph("Fewer than two of the runs have a readable config.json.")]
    }
    let keys = ConfigurationValues.differences(runs.map(\.configuration))
    guard !keys.isEmpty else { return [.paragraph("Their configs are the same in every key.")] }
    var table = TextTable(columns: [.text("key of the config")] + runs.map { .init($0.label) })
    for key in keys {
      table.append(
        [key] + runs.map { run in run.configuration.map { $0.values[key] ?? "none" } ?? HumanFormat.missing })
    }
    return [.table(table)]
  }

  // MARK: Figures

  /// The accuracy that every run that has not diverged reached at some evaluation, rounded down to tenths of a percent.
  private static func commonLevel(_ runs: [OverlayRun]) -> Double? {
    let best = runs.filter { !$0.hasDiverged }.compactMap(\.bestAccuracy)
    guard best.count >= 2, let least = best.min() else { return nil }
    let level = (least * 1000 + 1e-9).rounded(.down) / 1000
    return level > 0 ? level : nil
  }

  private static func isOneConfig(_ groups: [OverlayGroup]) -> Bool { groups.count == 1 && groups[0].hasSeeds }

  // MARK: Seeds

  /// A row for each config that has several seeds, where there are several configs.
  private static func seedBlocks(_ groups: [OverlayGroup]) -> [ReportPage.Block] {
    guard groups.count > 1, groups.contains(where: \.hasSeeds) else { return [] }
    func cells(
      _ values: [Double], _ scale: Double, _ decimals: Int, _ unit: String, most: Double = .infinity
    ) -> [String] {
      func fixed(_ value: Double) -> String { HumanFormat.fixed(value * scale, decimals: decimals) }
      guard let interval = MeanInterval(values.filter(\.isFinite)) else { return ["", ""] }
      let ends = interval.low.flatMap { low in
        interval.high.map { "\(fixed(max(0, low))) to \(fixed(min(most, $0)))\(unit)" }
      }
      return [
        fixed(interval.mean) + (interval.deviation.map { " ± " + fixed($0) } ?? "") + unit, ends ?? HumanFormat.missing,
      ]
    }
    let hasAccuracy = groups.contains { $0.runs.contains { $0.testAccuracy != nil } }
    var table = TextTable(
      columns: [.text("config"), .init("seeds")]
        + (hasAccuracy ? [.init("test accuracy, mean ± SD"), .init("95 % of the mean")] : [])
        + [.init("test loss, mean ± SD"), .init("95 % of the mean")])
    for group in groups {
      let sound = group.runs.filter { !$0.hasDiverged }
      var row = [group.label, "\(sound.count)"]
      if hasAccuracy { row += cells(sound.compactMap(\.testAccuracy), 100, 2, " %", most: 1) }
      table.append(row + cells(sound.compactMap(\.testLoss), 1, 4, ""))
    }
    return [.table(table)]
  }

  /// What the bands are.
  private static func bandText(_ groups: [OverlayGroup]) -> [ReportPage.Block] {
    guard groups.contains(where: { $0.runs.count >= OverlayGroup.fewestForBand }) else { return [] }
    return [
      .paragraph(
        "Bands are 95 % intervals of the mean over seeds (Student's t), as far as every seed that did not diverge goes; pale "
          + "lines are the seeds.")
    ]
  }
}
