import Charts
import Records

extension LinearityRecord: StudyReport {
  /// The result in words.
  package var headline: String {
    let multiple = HumanFormat.short(configMultiple)
    if configMultiple <= 1 {
      return "The config's batch is not above its reference batch of \(batch), so it needs no warmup."
    }
    switch recommendedWarmupEpochs {
    case nil:
      return
        "Steps \(multiple) times as large stay non-linear up to the end of the study: no warmup makes them linear; "
        + "lower the batch or the rate."
    case 0? where isSettled: return "Steps \(multiple) times as large are linear from the start: no warmup is needed."
    case let epochs?:
      let time = HumanFormat.plural(HumanFormat.short(epochs), "epoch")
      guard !isSettled else {
        return "Steps \(multiple) times as large become linear after \(time): warm up for that long."
      }
      let (low, high) = warmupInterval(multiple: configMultiple)
      let earliest = HumanFormat.short(low ?? epochs)
      guard let high else {
        return
          "Steps \(multiple) times as large seem to become linear after \(time), but within the gaps' errors they may not "
          + "by the end of the study: warm up for longer than that, or measure with more --repeats."
      }
      return "Steps \(multiple) times as large become linear between \(earliest) and "
        + "\(HumanFormat.plural(HumanFormat.short(high), "epoch")) (95 %), by the measured gaps after \(time): a warmup of "
        + "\(HumanFormat.plural(HumanFormat.short(high), "epoch")) is on the safe side."
    }
  }

  /// Whether the gaps' errors leave the recommended warmup as it is.
  private var isSettled: Bool {
    let (low, high) = warmupInterval(multiple: configMultiple)
    return low == recommendedWarmupEpochs && high == recommendedWarmupEpochs
  }

  package var tone: ReportPage.Tone { recommendedWarmupEpochs == nil ? .warning : isSettled ? .good : .plain }

  package var page: ReportPage {
    page(
      notes: notes, figures: figures,
      sections: [
        .init(
          "How far one large step is from k small ones", [.charts(LinearityCharts.all(self)), .paragraph(Self.words)]),
        .init("Longest linear step", [.table(limitTable)]),
        .init("Every gap in numbers", [.foldedTable("All \(points.count) gaps", pointTable)]),
      ], facts: facts, cells: "gap")
  }

  private static let words = """
    From the same weights over the same samples: Δ_k is where k steps of the small batch lead, Δ_1 where one step of k \
    times the batch and k times the rate does. The steps are plain ones at η/(1−m), the whole effect that a gradient has \
    through the momentum. A gap of 0 is perfect linearity, of 1 a step that leads somewhere else.
    """

  private var figures: [KeyFigure] {
    let first = limits.first?.longestMultiple
    let last = limits.last?.longestMultiple
    return [
      KeyFigure(
        "Recommended warmup",
        recommendedWarmupEpochs.map { HumanFormat.plural(HumanFormat.short($0), "epoch") }
          ?? HumanFormat.missing,
        note: "for the config's k = \(HumanFormat.short(configMultiple))"),
      KeyFigure("Longest k at the start", first.map { "\($0)" } ?? HumanFormat.missing),
      KeyFigure("Longest k at the end", last.map { "\($0)" } ?? HumanFormat.missing),
      KeyFigure("Tolerance", HumanFormat.short(tolerance), note: "relative gap"),
    ]
  }

  private var facts: Facts {
    Facts([
      ("Small batch", HumanFormat.count(batch)), ("Its rate", HumanFormat.short(learningRate)),
      ("Momentum", HumanFormat.short(momentum)), ("Weight decay", HumanFormat.short(weightDecay)),
      ("Steps an epoch", HumanFormat.count(stepsPerEpoch)),
      ("Repeats", "\(repeats), each over other samples"),
    ])
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

  package func closingText(style: TerminalStyle) -> String {
    let plot = TextPlot(LinearityCharts.along(self)).render(style)
    return text([limitTable.render(style), pointTable.render(style), plot], remarks: notes, style: style)
  }
}
