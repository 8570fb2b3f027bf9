import Charts
import Records

/// The plots of a linearity study.
enum LinearityCharts {
  /// Gaps along the run, gaps against k, losses, and the longest multiple.
  static func all(_ record: LinearityRecord) -> [Chart] {
    [along(record), against(record), losses(record), longest(record)]
  }

  static func along(_ record: LinearityRecord) -> Chart {
    Chart(
      "Relative gap along training", x: ChartAxis("epoch"), y: gapAxis,
      series: lines(record) { gapPoint($0, x: $0.epoch) }, guides: [.y(record.tolerance, "tolerance")])
  }

  /// At up to five places of the run.
  private static func against(_ record: LinearityRecord) -> Chart {
    let steps = record.steps
    let shown = steps.count <= 5 ? steps : (0...4).map { steps[$0 * (steps.count - 1) / 4] }
    let series = shown.enumerated().compactMap { index, step -> ChartSeries? in
      let points = record.points.filter { $0.step == step }
      guard let first = points.first else { return nil }
      return ChartSeries(
        "epoch \(HumanFormat.short(first.epoch))", points.map { gapPoint($0, x: Double($0.multiple)) },
        form: .lineAndMarkers, color: .ramp(index, of: shown.count))
    }
    return Chart(
      "Relative gap against the multiple", x: ChartAxis("k", scale: .logarithmic(base: 2)), y: gapAxis, series: series,
      guides: [.y(record.tolerance, "tolerance")])
  }

  private static func losses(_ record: LinearityRecord) -> Chart {
    Chart(
      "Loss after the large step, less after the small ones", x: ChartAxis("epoch"),
      y: ChartAxis("difference of training loss"),
      series: lines(record) { ChartPoint($0.epoch, $0.lossLarge - $0.lossSmall) }, guides: [.y(0, "equal")])
  }

  private static func longest(_ record: LinearityRecord) -> Chart {
    let points = record.limits.map { ChartPoint($0.epoch, Double($0.longestMultiple)) }
    return Chart(
      "Longest multiple within the tolerance", x: ChartAxis("epoch"), y: ChartAxis("k", scale: .logarithmic(base: 2)),
      series: [ChartSeries("longest k", points, form: .lineAndMarkers, color: .palette(2))],
      guides: record.configMultiple > 1 ? [.y(record.configMultiple, "config's multiple")] : [])
  }

  private static let gapAxis = ChartAxis("|Δ_k − Δ_1| ÷ |Δ_1|", scale: .logarithmic(base: 10))

  /// One line a multiple.
  private static func lines(
    _ record: LinearityRecord, _ point: (LinearityRecord.Point) -> ChartPoint
  ) -> [ChartSeries] {
    let multiples = record.multiples
    return multiples.enumerated().map { index, multiple in
      ChartSeries(
        "k = \(multiple)", record.points.filter { $0.multiple == multiple }.map(point), form: .lineAndMarkers,
        color: .ramp(index, of: multiples.count))
    }
  }

  private static func gapPoint(_ point: LinearityRecord.Point, x: Double) -> ChartPoint {
    ChartPoint(
      x, point.relativeGap, low: max(1e-12, point.relativeGap - point.gapError),
      high: point.relativeGap + point.gapError,
      note: "k \(point.multiple), step \(HumanFormat.count(point.step)): \(HumanFormat.number(point.relativeGap))")
  }
}
