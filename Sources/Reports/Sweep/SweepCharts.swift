import Charts
import Foundation
import Records

/// The plots of a sweep.
package enum SweepCharts {
  /// Steps, samples and seconds to the target and the speedup; nothing without a target.
  package static func speed(_ record: SweepRecord) -> [Chart] {
    guard record.grid.target != nil else { return [] }
    return [stepsToTarget(record), samplesToTarget(record), secondsToTarget(record), speedup(record)]
  }

  /// Steps to target against the batch, with the line of perfect scaling and the fitted curve.
  package static func stepsToTarget(_ record: SweepRecord) -> Chart {
    var guides: [ChartGuide] = []
    if let fit = record.fit, let text = record.criticalBatchText {
      if text.first?.isNumber == true, isWithin(fit.criticalBatch, record) {
        guides.append(.x(fit.criticalBatch, "critical batch \(text)"))
      } else if text.hasPrefix("between"), let low = fit.criticalBatchLow, let high = fit.criticalBatchHigh {
        if isWithin(low, record) { guides.append(.x(low, "critical batch, 95 % from")) }
        if isWithin(high, record) { guides.append(.x(high, "critical batch, to")) }
      }
    }
    if let scale = record.measuredNoiseScale, isWithin(scale, record) {
      guides.append(.x(scale, "noise scale \(HumanFormat.number(scale, digits: 2))"))
    }
    return Chart(
      "Steps to \(record.targetText)", x: batchAxis(record),
      y: ChartAxis("steps", scale: .logarithmic(base: 10)),
      series: perfectScaling(record)
        + measured(record, \.steps, { $0.stepsToTarget.map(Double.init) }) { $0.steps(batch: $1) },
      guides: guides)
  }

  /// Samples to target against the batch, with the fitted curve.
  package static func samplesToTarget(_ record: SweepRecord) -> Chart {
    Chart(
      "Samples to \(record.targetText)", x: batchAxis(record),
      y: ChartAxis("samples", scale: .logarithmic(base: 10)),
      series: measured(record, \.samples, { $0.samplesToTarget.map(Double.init) }) { $0.samples(batch: $1) })
  }

  /// Training seconds to target on this machine against the batch.
  package static func secondsToTarget(_ record: SweepRecord) -> Chart {
    Chart(
      "Seconds to \(record.targetText) on this machine", x: batchAxis(record),
      y: ChartAxis("training time", unit: "s", scale: .logarithmic(base: 10)),
      series: measured(record, \.seconds, \.secondsToTarget, fitted: nil))
  }

  /// Speedup in time and in steps against the smallest batch, with the spread over seeds.
  package static func speedup(_ record: SweepRecord) -> Chart {
    let base = record.speedup.first?.batch
    var series: [ChartSeries] = []
    if let base, let last = record.speedup.last {
      let highest = (record.speedup.map(\.stepsHigh) + record.speedup.map(\.secondsHigh)).max() ?? 1
      let end = min(Double(last.batch), Double(base) * highest * 1.5)
      series.append(.ideal("ideal", [ChartPoint(Double(base), 1), ChartPoint(end, end / Double(base))]))
    }
    series.append(
      ChartSeries(
        "in steps",
        record.speedup.map {
          ChartPoint(Double($0.batch), $0.steps, low: $0.stepsLow, high: $0.stepsHigh, note: note($0))
        }, form: .lineAndMarkers, color: .palette(1)))
    series.append(
      ChartSeries(
        "in time",
        record.speedup.map {
          ChartPoint(Double($0.batch), $0.seconds, low: $0.secondsLow, high: $0.secondsHigh, note: note($0))
        }, form: .lineAndMarkers, color: .palette(0)))
    return Chart(
      "Speedup against \(base.map { "batch \(HumanFormat.count($0))" } ?? "the smallest batch")",
      x: batchAxis(record), y: ChartAxis("times as fast", scale: .logarithmic(base: 2)), series: series)
  }

  /// Best accuracy, or least loss, of the best multiple of the rate, against the batch.
  package static func quality(_ record: SweepRecord) -> Chart {
    let series = record.rules.enumerated().map { index, rule in
      ChartSeries(
        record.rules.count > 1 ? record.shortName(rule.rule) : "mean of seeds",
        rule.batches.compactMap { batch in
          guard let mean = record.hasAccuracy ? record.accuracy(batch) : record.loss(batch) else { return nil }
          let note =
            "batch \(HumanFormat.count(batch.batch)), rate × \(HumanFormat.short(batch.learningRate)), "
            + "\(record.qualityName) \(record.quality(batch) ?? "")"
          return point(Double(batch.batch), mean, note)
        }, form: .lineAndMarkers, color: .palette(index))
    }
    guard record.hasAccuracy else {
      let goal = record.grid.target?.testLoss.map { [ChartGuide.y($0, "target")] } ?? []
      return Chart(
        record.comparesErrors ? "Final test loss" : "Least test loss", x: batchAxis(record), y: ChartAxis("test loss"),
        series: series, guides: goal)
    }
    let goal = record.grid.target?.testAccuracy.map { [ChartGuide.y($0, "target \(record.targetText)")] } ?? []
    return Chart(
      record.comparesErrors ? "Final test accuracy" : "Best test accuracy", x: batchAxis(record),
      y: ChartAxis("test accuracy", numbers: .percent, limits: 0...1), series: series, guides: goal)
  }

  /// Steps to target of each multiple of the rate; `nil` for a multiple alone.
  package static func multiples(_ record: SweepRecord) -> Chart? {
    guard record.grid.learningRates.count > 1, record.grid.target != nil, let rule = record.rules.first?.rule else {
      return nil
    }
    let multiples = record.grid.learningRates.sorted()
    let series = multiples.enumerated().map { index, multiple in
      let cells = record.points.filter { $0.rule == rule && $0.learningRate == multiple }
      let batches = Dictionary(grouping: cells, by: \.batch).sorted { $0.key < $1.key }
      return ChartSeries(
        "× \(HumanFormat.short(multiple))",
        batches.compactMap { batch, cells in
          let steps = cells.compactMap { $0.stepsToTarget.map(Double.init) }
          guard 2 * steps.count >= cells.count, let spread = SweepSpread(steps) else { return nil }
          return ChartPoint(Double(batch), spread.median, low: spread.low, high: spread.high)
        }, form: .lineAndMarkers, color: .palette(index))
    }
    return Chart(
      "Steps to \(record.targetText) by multiple of the scaled rate", x: batchAxis(record),
      y: ChartAxis("steps", scale: .logarithmic(base: 10)), series: series)
  }

  /// Training loss of one seed, batch by batch, over epochs.
  package static func lossCurves(_ record: SweepRecord) -> Chart {
    let rule = record.rules.first
    let batches = rule?.batches ?? []
    let series = batches.enumerated().compactMap { index, batch -> ChartSeries? in
      let cell = record.points.first {
        $0.rule == rule?.rule && $0.batch == batch.batch && $0.learningRate == batch.learningRate
      }
      guard let cell else { return nil }
      return ChartSeries(
        "B \(HumanFormat.count(batch.batch))", smoothed(cell.lossCurve), color: .ramp(index, of: batches.count))
    }
    return Chart(
      "Training loss by batch, first seed", x: ChartAxis("epoch", scale: .logarithmic(base: 10)),
      y: ChartAxis("training loss", scale: .logarithmic(base: 10)), series: series)
  }

  // MARK: Rules

  /// Error against the batch by rule: mean and deviation over seeds (Goyal et al. 2017, figure 1).
  package static func ruleErrors(_ record: SweepRecord) -> Chart {
    let series = record.rules.enumerated().map { index, rule in
      ChartSeries(
        record.shortName(rule.rule),
        rule.batches.compactMap { batch in
          let note =
            "\(record.shortName(rule.rule)), batch \(HumanFormat.count(batch.batch)): "
            + (record.quality(batch) ?? "")
          guard record.hasAccuracy else {
            return record.loss(batch).map { point(Double(batch.batch), $0, note) }
          }
          guard let accuracy = record.accuracy(batch) else { return nil }
          let half = accuracy.deviation ?? 0
          let error = 1 - accuracy.mean
          return ChartPoint(
            Double(batch.batch), error, low: max(error - half, 0), high: error + half, note: note)
        }, form: .lineAndMarkers, color: .palette(index))
    }
    return Chart(
      "\(record.qualityName.prefix(1).uppercased() + record.qualityName.dropFirst()) by rule, mean ± deviation",
      x: batchAxis(record),
      y: record.hasAccuracy
        ? ChartAxis("test error", numbers: .percent, limits: 0...1, includesZero: true) : ChartAxis("test loss"),
      series: series)
  }

  /// Training loss and test error over epochs of every rule at the largest batch; each seed a line.
  package static func ruleCurves(_ record: SweepRecord) -> [Chart] {
    guard let batch = record.points.map(\.batch).max() else { return [] }
    func series(_ curve: (SweepPoint) -> [ChartPoint]) -> [ChartSeries] {
      record.rules.enumerated().flatMap { index, rule -> [ChartSeries] in
        guard let best = rule.batches.first(where: { $0.batch == batch }) else { return [] }
        let cells = record.points.filter {
          $0.rule == rule.rule && $0.batch == batch && $0.learningRate == best.learningRate
        }
        return cells.enumerated().map { seed, cell in
          ChartSeries(
            seed == 0 ? record.shortName(rule.rule) : "", curve(cell), stroke: seed == 0 ? .solid : .faint,
            color: .palette(index))
        }
      }
    }
    let loss = Chart(
      "Training loss at batch \(HumanFormat.count(batch))", x: ChartAxis("epoch"),
      y: ChartAxis("training loss", scale: .logarithmic(base: 10)), series: series { smoothed($0.lossCurve) })
    let test = series { cell in
      record.hasAccuracy
        ? points(cell.testCurve).map { ChartPoint($0.x, 1 - $0.y) } : points(cell.testCurve)
    }
    let name = record.hasAccuracy ? "Test error" : "Test loss"
    return [
      loss,
      Chart(
        "\(name) at batch \(HumanFormat.count(batch))", x: ChartAxis("epoch"),
        y: ChartAxis(
          name.lowercased(), scale: .logarithmic(base: 10), numbers: record.hasAccuracy ? .percent : .plain),
        series: test),
    ]
  }

  // MARK: Parts

  private static func batchAxis(_ record: SweepRecord) -> ChartAxis {
    ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2))
  }

  private static func isWithin(_ batch: Double, _ record: SweepRecord) -> Bool {
    guard let low = record.grid.batches.min(), let high = record.grid.batches.max() else { return false }
    return batch >= Double(low) / 2 && batch <= Double(high) * 2
  }

  /// Slope −1 from the smallest batch down to the fewest steps.
  private static func perfectScaling(_ record: SweepRecord) -> [ChartSeries] {
    let batches = (record.rules.first?.batches ?? []).filter { $0.steps != nil }
    guard let first = batches.first, let last = batches.last, let steps = first.steps?.median,
      let fewest = batches.compactMap({ $0.steps?.low }).min(), first.batch < last.batch
    else { return [] }
    let start = Double(first.batch)
    let end = min(Double(last.batch), start * steps / (fewest * 0.6))
    return [.ideal("perfect scaling", [ChartPoint(start, steps), ChartPoint(end, steps * start / end)])]
  }

  /// One rule: every seed's marker, and the curve, else the medians. Several rules: each one's medians with spreads.
  private static func measured(
    _ record: SweepRecord, _ spread: (SweepBatchRecord) -> SweepSpread?, _ value: (SweepPoint) -> Double?,
    fitted: ((SweepFit, Double) -> Double)?
  ) -> [ChartSeries] {
    guard record.rules.count == 1, let rule = record.rules.first else {
      return record.rules.enumerated().map { index, rule in
        ChartSeries(
          record.shortName(rule.rule), medians(rule, spread, bars: true), form: .lineAndMarkers,
          color: .palette(index))
      }
    }
    var series: [ChartSeries] = []
    let reached = rule.batches.filter { $0.steps != nil }
    if let fitted, let fit = rule.fit, let first = reached.first, let last = reached.last {
      let (low, high) = (Double(first.batch), Double(last.batch))
      let curve = (0...60).map { low * pow(high / low, Double($0) / 60) }
      series.append(
        ChartSeries("fitted curve", curve.map { ChartPoint($0, fitted(fit, $0)) }, color: .palette(1)))
    } else {
      series.append(ChartSeries("median", medians(rule, spread, bars: false), color: .palette(1)))
    }
    let best = Dictionary(rule.batches.map { ($0.batch, $0.learningRate) }, uniquingKeysWith: { first, _ in first })
    let cells = record.points.filter { $0.rule == rule.rule && best[$0.batch] == $0.learningRate }
    series.append(
      ChartSeries(
        "each seed",
        cells.compactMap { cell in value(cell).map { ChartPoint(Double(cell.batch), $0, note: note(cell)) } },
        form: .markers, color: .palette(0)))
    return series
  }

  private static func medians(
    _ rule: SweepRuleRecord, _ spread: (SweepBatchRecord) -> SweepSpread?, bars: Bool
  ) -> [ChartPoint] {
    rule.batches.compactMap { batch in
      spread(batch).map {
        ChartPoint(Double(batch.batch), $0.median, low: bars ? $0.low : nil, high: bars ? $0.high : nil)
      }
    }
  }

  private static func point(_ x: Double, _ mean: SweepMean, _ note: String) -> ChartPoint {
    ChartPoint(
      x, mean.mean, low: mean.deviation.map { mean.mean - $0 }, high: mean.deviation.map { mean.mean + $0 },
      note: note)
  }

  private static func points(_ curve: SweepCurve) -> [ChartPoint] {
    zip(curve.epochs, curve.values).map { ChartPoint($0, $1) }
  }

  /// The loss of single batches jumps; a mean over neighbours shows where it goes.
  private static func smoothed(_ curve: SweepCurve) -> [ChartPoint] {
    zip(curve.epochs, Smoothing.centredMean(curve.values, window: curve.values.count > 40 ? 5 : 1))
      .map { ChartPoint($0, $1) }
  }

  private static func note(_ cell: SweepPoint) -> String {
    let seconds = cell.secondsToTarget.map { ", \(HumanFormat.duration($0))" } ?? ""
    return "batch \(HumanFormat.count(cell.batch)), seed \(cell.seed), rate × \(HumanFormat.short(cell.learningRate)): "
      + "\(HumanFormat.plural(HumanFormat.count(cell.stepsToTarget ?? cell.steps), "step"))\(seconds)"
  }

  private static func note(_ speedup: SweepSpeedup) -> String {
    "batch \(HumanFormat.count(speedup.batch)): \(HumanFormat.short(speedup.steps)) × fewer steps, "
      + "\(HumanFormat.short(speedup.seconds)) × as fast"
  }
}
