import Charts
import Records

/// The page of an equilibrium study.
public enum EquilibriumReport {
  public static func page(_ record: EquilibriumRecord) -> ReportPage {
    var sections: [ReportPage.Section] = [
      .init("Temperature", [.charts(EquilibriumCharts.all(record))]),
      .init("Cells", [.paragraph(cellWords), .table(record.cellTable)]),
    ]
    if !record.starts.isEmpty { sections.append(.init("Hot and cold starts", [.table(record.startTable)])) }
    if !record.reshuffled.isEmpty {
      sections.append(.init("Reshuffling", [.paragraph(shuffleWords), .table(record.reshuffledTable)]))
    }
    if let equipartition = record.equipartition {
      sections.append(.init("Equipartition", [.paragraph(equipartition.words)]))
    }
    let machine = RunReport.facts(record.machine)
    sections.append(.init("Study", [.facts(facts(record)), .facts(machine)]))
    return ReportPage(
      title: "Equilibrium of \(record.name) – Isotherm", kicker: "Isotherm equilibrium · \(record.name)",
      headline: record.headline, tone: record.isLawful ? .good : .warning, notes: record.remarks,
      figures: figures(record), sections: sections, footer: "Made by Isotherm from study.json beside this page.")
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

  private static func figures(_ record: EquilibriumRecord) -> [KeyFigure] {
    var figures: [KeyFigure] = []
    if let same = record.collapse.sameTemperature {
      figures.append(
        KeyFigure(
          "KS distance, same temperature", HumanFormat.number(same),
          note: record.collapse.expectedBySampling.map { "\(HumanFormat.number($0)) from finite samples alone" }))
    }
    if let other = record.collapse.otherTemperature {
      figures.append(KeyFigure("KS distance, twice the temperature", HumanFormat.number(other)))
    }
    if let ratio = record.meanPredictionRatio {
      figures.append(KeyFigure("Excess over the law", HumanFormat.number(ratio), note: "mean of all cells"))
    }
    if let ratio = record.meanEquilibriumRatio {
      figures.append(KeyFigure("Equilibrium ratio", HumanFormat.number(ratio, digits: 4), note: "1 at equilibrium"))
    }
    figures.append(KeyFigure("Loss at the minimum", HumanFormat.number(record.minimumLoss, digits: 4)))
    figures.append(
      KeyFigure("Noise there, trΣ", HumanFormat.number(record.covarianceTrace), note: "of one sample's gradient"))
    return figures
  }

  private static func facts(_ record: EquilibriumRecord) -> [(name: String, value: String)] {
    [
      ("Parameters", HumanFormat.count(record.parameters)),
      ("Training set", "\(HumanFormat.count(record.trainSamples)) samples"),
      ("Weight decay", HumanFormat.short(record.weightDecay)),
      ("Steps a chain", HumanFormat.count(record.steps)),
      ("Loss measured", record.interval == 1 ? "at every step" : "every \(record.interval) steps"),
      ("Seed", "\(record.seed)"),
      ("|∇U| at minimum", HumanFormat.number(record.minimumGradientNorm)),
    ]
  }
}
