import Charts
import Records

extension EquilibriumRecord: StudyReport {
  package var tone: ReportPage.Tone { isLawful ? .good : .warning }

  package var page: ReportPage {
    var sections: [ReportPage.Section] = [
      .init("Temperature", [.charts(EquilibriumCharts.all(self))]),
      .init("Cells", [.paragraph(Self.cellWords), .table(cellTable)]),
    ]
    if !starts.isEmpty { sections.append(.init("Hot and cold starts", [.table(startTable)])) }
    if !reshuffled.isEmpty {
      sections.append(.init("Reshuffling", [.paragraph(Self.shuffleWords), .table(reshuffledTable)]))
    }
    if let equipartition { sections.append(.init("Equipartition", [.paragraph(equipartition.words)])) }
    // What has a section of its own is not said twice.
    let notes = remarks.filter { $0 != equipartition?.words }
    return page(notes: notes, figures: figures, sections: sections, facts: facts)
  }

  package func closingText(style: TerminalStyle) -> String {
    let shuffled = reshuffled.isEmpty ? "" : reshuffledTable.render(style)
    let plot = EquilibriumCharts.excess(self).map { TextPlot($0).render(style) } ?? ""
    return text([cellTable.render(style), shuffled, plot], remarks: remarks, style: style)
  }

  private static let cellWords = """
    Mean and deviation are over the steps after the burn-in, which ends where the early and the late mean of the loss \
    agree within their errors; errors account for the likeness of neighbouring steps. The equilibrium ratio is \
    E[w·∇U] ÷ ((1 + m) ÷ (2η)·E|Δw|²), 1 for any loss at equilibrium. The law η·trΣ/(4B(1−m)) is the limit of small η; the \
    quadratic's column is exact for the Hessian and noise of the minimum.
    """

  private static let shuffleWords = """
    One shuffle an epoch makes the noise of successive batches cancel, the more the more slowly a direction forgets: \
    the loss is below that of independent draws, and T ∝ η/B no longer holds.
    """

  private var figures: [KeyFigure] {
    var figures: [KeyFigure] = []
    let sampling = collapse.expectedBySampling.map { "\(HumanFormat.number($0)) from finite samples alone" }
    figures.add(
      "KS distance, same temperature", collapse.sameTemperature.map { HumanFormat.number($0) }, note: sampling)
    figures.add("KS distance, twice the temperature", collapse.otherTemperature.map { HumanFormat.number($0) })
    figures.add(
      "Excess over the law", meanPredictionRatio.map { HumanFormat.number($0) },
      note: predictionRange.map { "mean; cells between \($0)" } ?? "mean of all cells")
    let ratio = meanEquilibriumRatio.map { HumanFormat.number($0, digits: 4) }
    figures.add("Equilibrium ratio", ratio, note: "1 at equilibrium")
    figures.add("Loss at the minimum", HumanFormat.number(minimumLoss, digits: 4))
    figures.add("Noise there, trΣ", HumanFormat.number(covarianceTrace), note: "of one sample's gradient")
    return figures
  }

  private var facts: Facts {
    Facts([
      ("Parameters", HumanFormat.count(parameters)),
      ("Training set", "\(HumanFormat.count(trainSamples)) samples"),
      ("Weight decay", HumanFormat.short(weightDecay)),
      ("Steps a chain", HumanFormat.count(steps)),
      ("Loss measured", interval == 1 ? "at every step" : "every \(interval) steps"),
      ("Seed", "\(seed)"),
      ("|∇U| at minimum", HumanFormat.number(minimumGradientNorm)),
    ])
  }
}
