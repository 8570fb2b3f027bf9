import Charts
import Records

/// The page of a linearity study.
public enum LinearityReport {
  public static func page(_ record: LinearityRecord) -> ReportPage {
    ReportPage(
      title: "Linearity of \(record.name) – Isotherm", kicker: "Isotherm linearity · \(record.name)",
      headline: record.headline, tone: record.recommendedWarmupEpochs == nil ? .warning : .good, notes: record.notes,
      figures: figures(record),
      sections: [
        .init("How far one large step is from k small ones", [.charts(charts(record)), .paragraph(words)]),
        .init("Longest linear step", [.table(record.limitTable)]),
        .init("Every gap in numbers", [.foldedTable("All \(record.points.count) gaps", record.pointTable)]),
        .init("Study", [.facts(facts(record)), .facts(RunReport.facts(record.machine))]),
      ], footer: "Made by Isotherm from study.json beside this page.")
  }

  /// Gaps along the run, gaps against k, losses, and the longest multiple.
  static func charts(_ record: LinearityRecord) -> [Chart] {
    let multiples = record.multiples
    let epochs = ChartAxis("epoch")
    let along = multiples.enumerated().map { index, multiple in
      ChartSeries(
        "k = \(multiple)", record.points.filter { $0.multiple == multiple }.map { gapPoint($0, x: $0.epoch) },
        form: .lineAndMarkers, color: .ramp(index, of: multiples.count))
    }
    let steps = record.steps
    let shown = steps.count <= 5 ? steps : stride(from: 0, through: 4, by: 1).map { steps[$0 * (steps.count - 1) / 4] }
    let against = shown.enumerated().compactMap { index, step -> ChartSeries? in
      let points = record.points.filter { $0.step == step }
      guard let first = points.first else { return nil }
      return ChartSeries(
        "epoch \(HumanFormat.short(first.epoch))", points.map { gapPoint($0, x: Double($0.multiple)) },
        form: .lineAndMarkers, color: .ramp(index, of: shown.count))
    }
    let loss = multiples.enumerated().map { index, multiple in
      ChartSeries(
        "k = \(multiple)",
        record.points.filter { $0.multiple == multiple }.map { ChartPoint($0.epoch, $0.lossLarge - $0.lossSmall) },
        form: .lineAndMarkers, color: .ramp(index, of: multiples.count))
    }
    return [
      Chart(
        "Relative gap along training", x: epochs, y: ChartAxis("|Δ_k − Δ_1| ÷ |Δ_1|", scale: .logarithmic(base: 10)),
        series: along, guides: [.y(record.tolerance, "tolerance")]),
      Chart(
        "Relative gap against the multiple", x: ChartAxis("k", scale: .logarithmic(base: 2)),
        y: ChartAxis("|Δ_k − Δ_1| ÷ |Δ_1|", scale: .logarithmic(base: 10)), series: against,
        guides: [.y(record.tolerance, "tolerance")]),
      Chart(
        "Loss after the large step, less after the small ones", x: epochs, y: ChartAxis("difference of training loss"),
        series: loss, guides: [.y(0, "equal")]),
      Chart(
        "Longest multiple within the tolerance", x: epochs,
        y: ChartAxis("k", scale: .logarithmic(base: 2)),
        series: [
          ChartSeries(
            "longest k", record.limits.map { ChartPoint($0.epoch, Double($0.longestMultiple)) }, form: .lineAndMarkers,
            color: .palette(2))
        ], guides: record.configMultiple > 1 ? [.y(record.configMultiple, "config's multiple")] : []),
    ]
  }

  private static func gapPoint(_ point: LinearityRecord.Point, x: Double) -> ChartPoint {
    ChartPoint(
      x, point.relativeGap, low: max(1e-12, point.relativeGap - point.gapError),
      high: point.relativeGap + point.gapError,
      note: "k \(point.multiple), step \(HumanFormat.count(point.step)): \(HumanFormat.number(point.relativeGap))")
  }

  private static let words = """
    From the same weights over the same samples: Δ_k is where k steps of the small batch lead, Δ_1 where one step of k \
    times the batch and k times the rate does. The steps are plain ones at η/(1−m), the whole effect that a gradient has \
    through the momentum. A gap of 0 is perfect linearity, of 1 a step that leads somewhere else.
    """

  private static func figures(_ record: LinearityRecord) -> [KeyFigure] {
    let first = record.limits.first?.longestMultiple
    let last = record.limits.last?.longestMultiple
    return [
      KeyFigure(
        "Recommended warmup",
        record.recommendedWarmupEpochs.map { HumanFormat.plural(HumanFormat.short($0), "epoch") }
          ?? HumanFormat.missing,
        note: "for the config's k = \(HumanFormat.short(record.configMultiple))"),
      KeyFigure("Longest k at the start", first.map { "\($0)" } ?? HumanFormat.missing),
      KeyFigure("Longest k at the end", last.map { "\($0)" } ?? HumanFormat.missing),
      KeyFigure("Tolerance", HumanFormat.short(record.tolerance), note: "relative gap"),
    ]
  }

  private static func facts(_ record: LinearityRecord) -> [(name: String, value: String)] {
    [
      ("Small batch", HumanFormat.count(record.batch)), ("Its rate", HumanFormat.short(record.learningRate)),
      ("Momentum", HumanFormat.short(record.momentum)), ("Weight decay", HumanFormat.short(record.weightDecay)),
      ("Steps an epoch", HumanFormat.count(record.stepsPerEpoch)),
      ("Repeats", "\(record.repeats), each over other samples"),
    ]
  }
}

extension LinearityRecord {
  /// The result in words.
  public var headline: String {
    let multiple = HumanFormat.short(configMultiple)
    if configMultiple <= 1 {
      return "The config's batch is not above its reference batch of \(batch), so it needs no warmup."
    }
    switch recommendedWarmupEpochs {
    case nil:
      return
        "Steps \(multiple) times as large stay non-linear up to the end of the study: no warmup makes them linear; "
        + "lower the batch or the rate."
    case 0?: return "Steps \(multiple) times as large are linear from the start: no warmup is needed."
    case let epochs?:
      return "Steps \(multiple) times as large become linear after "
        + "\(HumanFormat.plural(HumanFormat.short(epochs), "epoch")): warm up for that long."
    }
  }

  var limitTable: TextTable {
    var table = TextTable(columns: [
      .init("step"), .init("epoch"), .init("longest k within the tolerance"), .init("gap of the config's k"),
    ])
    for limit in limits {
      let gap = gap(multiple: configMultiple, step: limit.step)
      table.append([
        HumanFormat.count(limit.step), HumanFormat.short(limit.epoch), "\(limit.longestMultiple)",
        gap.map { HumanFormat.number($0) } ?? HumanFormat.missing,
      ])
    }
    return table
  }

  var pointTable: TextTable {
    let hasMomentum = points.contains { $0.momentumGap != nil }
    var table = TextTable(
      columns: [.init("step"), .init("epoch"), .init("k"), .init("gap"), .init("±")]
        + (hasMomentum ? [.init("gap with momentum")] : [])
        + [.init("loss before"), .init("after small"), .init("after large")])
    for point in points {
      table.append(
        [
          HumanFormat.count(point.step), HumanFormat.short(point.epoch), "\(point.multiple)",
          HumanFormat.number(point.relativeGap), HumanFormat.number(point.gapError, digits: 2),
        ] + (hasMomentum ? [point.momentumGap.map { HumanFormat.number($0) } ?? HumanFormat.missing] : []) + [
          HumanFormat.number(point.lossBefore, digits: 4), HumanFormat.number(point.lossSmall, digits: 4),
          HumanFormat.number(point.lossLarge, digits: 4),
        ])
    }
    return table
  }

  /// What is printed when the study ends.
  public func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    var text = style.paint(style.plain(headline), recommendedWarmupEpochs == nil ? .warning : .good) + "\n\n"
    text += limitTable.render(style) + "\n" + pointTable.render(style) + "\n"
    text += TextPlot(LinearityReport.charts(self)[0]).render(style)
    for note in notes { text += style.plain("\n  · " + note) }
    return text + "\n"
  }
}
