import Charts
import Foundation
import Records

/// What a study of speed and a sweep of batches say together: which threads and batch reach the target first.
///
/// A sweep knows the samples that a batch needs, `scale` how many samples a second threads take at it; their quotient is the
/// time. Between two batches that `scale` measured, samples a second are interpolated, both in logarithms.
package struct Recommendation: Sendable, Equatable, Encodable {
  /// A pair of threads and batch.
  package struct Choice: Sendable, Equatable, Encodable {
    package var threads: Int
    package var batch: Int
    /// η of the batch after warmup, and by what the config's reference rate was multiplied for it.
    package var scaledLearningRate: Double
    package var learningRateMultiple: Double
    package var stepsToTarget: Double
    package var samplesToTarget: Double
    package var samplesPerSecond: Double
    package var secondsToTarget: Double
    /// Whether `scale` measured this batch with these threads.
    package var isMeasured: Bool
  }

  package var name: String
  /// "97 %".
  package var target: String
  /// `linear`, `sqrt` or `none`; `gradual`, `constant` or `none`.
  package var scaling: String
  package var warmup: String
  /// The fewest threads, and then the smallest batch, within 5 % of the least time.
  package var best: Choice
  /// All pairs, by batch and threads.
  package var choices: [Choice]

  /// `nil` where no batch of the sweep that reached its target lies among those that `scale` measured.
  package init?(_ scale: ScaleRecord, _ sweep: SweepRecord) {
    guard let rule = sweep.rules.first, !sweep.targetText.isEmpty else { return nil }
    let cells = scale.cells.ofFewestRanks.filter { !$0.exceedsCores }
    var choices: [Choice] = []
    for batch in rule.batches {
      guard let samples = batch.samples?.median, let steps = batch.steps?.median else { continue }
      for threads in Set(cells.map(\.threads)).sorted() {
        guard let speed = Self.speed(cells.filter { $0.threads == threads }, batch: batch.batch) else { continue }
        choices.append(
          Choice(
            threads: threads, batch: batch.batch, scaledLearningRate: batch.scaledLearningRate,
            learningRateMultiple: batch.learningRate, stepsToTarget: steps, samplesToTarget: samples,
            samplesPerSecond: speed.value, secondsToTarget: samples / speed.value, isMeasured: speed.isMeasured))
      }
    }
    guard let least = choices.map(\.secondsToTarget).min(),
      let best = choices.filter({ $0.secondsToTarget <= 1.05 * least }).min(by: {
        ($0.threads, $0.batch) < ($1.threads, $1.batch)
      })
    else { return nil }
    (name, target, scaling, warmup) = (sweep.name, sweep.targetText, rule.scaling, rule.warmup)
    (self.best, self.choices) = (best, choices)
  }

  private static func speed(_ cells: [ScaleCell], batch: Int) -> (value: Double, isMeasured: Bool)? {
    if let cell = cells.first(where: { $0.batch == batch }) { return (cell.samplesPerSecond, true) }
    guard let below = cells.filter({ $0.batch < batch }).max(by: { $0.batch < $1.batch }),
      let above = cells.filter({ $0.batch > batch }).min(by: { $0.batch < $1.batch })
    else { return nil }
    let share = log(Double(batch) / Double(below.batch)) / log(Double(above.batch) / Double(below.batch))
    return (below.samplesPerSecond * pow(above.samplesPerSecond / below.samplesPerSecond, share), false)
  }

  // MARK: In words

  /// "Use 2 threads and batch 256, with a learning rate of 0.32 …".
  package var headline: String {
    "Use \(HumanFormat.plural("\(best.threads)", "thread")) and batch \(HumanFormat.count(best.batch)), with a learning rate "
      + "of \(HumanFormat.short(best.scaledLearningRate)) (\(SweepRule(scaling: scaling, warmup: warmup).name)): \(target) in "
      + "about \(HumanFormat.duration(best.secondsToTarget))."
  }

  /// Why, in sentences.
  package var reasons: [String] {
    var reasons = [
      "Batch \(HumanFormat.count(best.batch)) needs \(HumanFormat.count(Int(within: best.samplesToTarget))) samples in "
        + "\(HumanFormat.count(Int(within: best.stepsToTarget))) steps; "
        + "\(HumanFormat.plural("\(best.threads)", "thread")) \(best.threads == 1 ? "takes" : "take") "
        + "\(HumanFormat.number(best.samplesPerSecond)) of them a second."
    ]
    let least = choices.min { $0.secondsToTarget < $1.secondsToTarget } ?? best
    if least != best {
      let words = "\(HumanFormat.plural("\(least.threads)", "thread")) with batch \(HumanFormat.count(least.batch))"
      reasons.append("The least time is that of \(words), less than 5 % below.")
    }
    if best.learningRateMultiple != 1 {
      reasons.append(
        "That is \(HumanFormat.short(best.learningRateMultiple)) × the config's learningRate.reference, the best that the "
          + "sweep tried for this batch.")
    }
    if best.batch == choices.map(\.batch).max(), Set(choices.map(\.batch)).count > 1 {
      reasons.append("It is the largest batch that both studies have: a larger one may be faster still.")
    }
    return reasons
  }

  /// All pairs.
  package var table: TextTable {
    var table = TextTable(columns: [
      .init("batch"), .init("threads"), .init("steps"), .init("samples"), .init("samples/s"), .init("time"), .text(""),
    ])
    for choice in choices {
      table.append([
        HumanFormat.count(choice.batch), "\(choice.threads)", HumanFormat.number(choice.stepsToTarget),
        HumanFormat.number(choice.samplesToTarget), HumanFormat.number(choice.samplesPerSecond),
        HumanFormat.duration(choice.secondsToTarget),
        choice == best ? "recommended" : choice.isMeasured ? "" : "speed interpolated",
      ])
    }
    return table
  }

  /// What is printed.
  package func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    let head = style.wrapped(style.plain(headline)).joined(separator: "\n")
    let reasons = reasons.map { style.wrapped(style.plain($0)).joined(separator: "\n") }.joined(separator: "\n")
    return style.paint(head, .strong) + "\n\n" + reasons + "\n\n" + table.render(style)
  }

  /// The page.
  package var page: ReportPage {
    let series = Set(choices.map(\.threads)).sorted().enumerated().map { index, threads in
      ChartSeries(
        HumanFormat.plural("\(threads)", "thread"),
        choices.filter { $0.threads == threads }.map { ChartPoint(Double($0.batch), $0.secondsToTarget) },
        form: .lineAndMarkers, color: .palette(index))
    }
    let chart = Chart(
      "Time to \(target)", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("seconds", scale: .logarithmic(base: 10)), series: series,
      guides: [.x(Double(best.batch), "recommended")])
    return ReportPage(
      title: "\(name), recommendation – Isotherm", kicker: "Isotherm recommendation · \(name)", headline: headline,
      notes: reasons, sections: [.init("Why", [.charts([chart]), .table(table)])],
      footer: "Made by Isotherm from the records of a sweep and of a study of speed.")
  }
}
