import Charts
import Records

extension RateRecord: StudyReport {
  /// The result in words.
  package var headline: String {
    guard let suggested = suggestedLearningRate, let reference = referenceLearningRate else {
      return "The loss fell at no rate from \(Self.short(low)) to \(Self.short(high)): nothing can be suggested."
    }
    let isReference = batch == referenceBatch || suggested == reference
    return
      "A learning rate of about \(Self.short(suggested)) is a good start for batches of \(HumanFormat.count(batch))"
      + (isReference
        ? "; the config has \(Self.short(configLearningRate))."
        : ": learningRate.reference \(Self.short(reference)); the config has \(Self.short(configReferenceLearningRate)).")
  }

  /// One run of one seed settles no rate, so that nothing is green.
  package var tone: ReportPage.Tone { suggestedLearningRate == nil ? .warning : .plain }

  package var page: ReportPage {
    page(
      notes: notes + [Self.caution], figures: figures,
      sections: [
        .init("The loss while the rate rises", [.charts([lossChart]), .paragraph(Self.words)]),
        .init("Every step in numbers", [.foldedTable("All \(points.count) steps", pointTable)]),
      ], facts: facts, cells: "step")
  }

  private static let words = """
    A run from the initial weights whose learning rate rises by a constant factor from step to step (Smith 2017, §3.3). \
    Where the rate is too small the loss stays; then it falls, and beyond some rate it rises without end: the test stops at \
    four times its least. Suggested is a tenth of that rate, or a third of the rate of the least loss where the loss does \
    not diverge. Where the loss falls fastest is a cautious choice: so short a run lags behind its rate. The losses of the \
    steps are those of their own batches; the curve is their mean over the steps around.
    """

  private static let caution =
    "This is one short run of one seed, which settles nothing: train at this rate, and at half and twice of it."

  /// Two significant digits: the test says no more.
  private static func short(_ rate: Double) -> String { HumanFormat.short(rate, digits: 2) }

  private static func short(_ rate: Double?) -> String { rate.map { short($0) } ?? HumanFormat.missing }

  private var figures: [KeyFigure] {
    [
      KeyFigure(
        "Suggested rate", Self.short(suggestedLearningRate), note: "for batches of \(HumanFormat.count(batch))"),
      KeyFigure(
        "As reference", Self.short(referenceLearningRate), note: "for batches of \(HumanFormat.count(referenceBatch))"),
      KeyFigure("Falls fastest at", Self.short(steepestLearningRate)),
      KeyFigure("Diverges at", Self.short(divergedAtLearningRate)),
    ]
  }

  private var facts: Facts {
    Facts([
      ("Optimizer", optimizer), ("Batch", HumanFormat.count(batch)),
      ("Rates", "\(Self.short(low)) to \(Self.short(high)) in \(HumanFormat.count(plannedSteps)) steps"),
      ("Steps taken", HumanFormat.count(points.count)), ("Least loss at", Self.short(lowestLossLearningRate)),
      ("The config's rate", Self.short(configLearningRate)), ("Time", HumanFormat.duration(seconds)),
    ])
  }

  /// Losses against the rate. A last loss that is far beyond the others would flatten the curve, so the axis ends above the
  /// first.
  package var lossChart: Chart {
    let smoothed = points.map(\.smoothedLoss)
    let top = 1.5 * (smoothed.first ?? 1)
    let shown = points.prefix { $0.smoothedLoss <= top || $0.learningRate <= lowestLossLearningRate }
    var guides: [ChartGuide] = []
    if let suggestedLearningRate { guides.append(.x(suggestedLearningRate, "suggested")) }
    guides.append(.x(configLearningRate, "config"))
    if let divergedAtLearningRate { guides.append(.x(divergedAtLearningRate, "diverged")) }
    return Chart(
      "Loss", x: ChartAxis("learning rate", scale: .logarithmic(base: 10)), y: ChartAxis("loss"),
      series: [
        ChartSeries(
          "of each step", shown.filter { $0.loss <= top }.map { ChartPoint($0.learningRate, $0.loss) }, stroke: .faint,
          color: .palette(0)),
        ChartSeries("smoothed", shown.map { ChartPoint($0.learningRate, $0.smoothedLoss) }, color: .palette(0)),
      ], guides: guides)
  }

  private var pointTable: TextTable {
    var table = TextTable(columns: [.init("step"), .init("learning rate"), .init("loss"), .init("smoothed")])
    for point in points {
      table.append([
        HumanFormat.count(point.step), HumanFormat.number(point.learningRate),
        HumanFormat.number(point.loss, digits: 4),
        HumanFormat.number(point.smoothedLoss, digits: 4),
      ])
    }
    return table
  }

  package func closingText(style: TerminalStyle) -> String {
    var table = TextTable(columns: [.text("rate"), .init("for the batch"), .init("as reference")])
    let share = configReferenceLearningRate / configLearningRate
    for (name, rate) in [
      ("suggested", suggestedLearningRate), ("loss falls fastest", steepestLearningRate),
      ("least loss", lowestLossLearningRate), ("diverges", divergedAtLearningRate), ("config", configLearningRate),
    ] {
      table.append([name, Self.short(rate), Self.short(rate.map { $0 * share })])
    }
    return text(
      [TextPlot(lossChart).render(style), table.render(style)], remarks: notes + [Self.caution], style: style)
  }
}
