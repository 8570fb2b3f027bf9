import Charts
import Foundation
import Records

/// The page of a noise study.
public enum NoiseReport {
  public static func page(_ record: NoiseRecord) -> ReportPage {
    var sections: [ReportPage.Section] = []
    if record.noiseScale.isFinite {
      sections.append(.init("What a batch is worth", [.charts([steps(record), rate(record)])]))
    }
    if let recommendation = record.recommendation {
      sections.append(.init("Why", recommendation.reasons.map { .paragraph($0) }))
    }
    if !record.layers.isEmpty { sections.append(.init("Tensor by tensor", [.table(record.layerTable)])) }
    sections.append(.init("Measurement", [.facts(facts(record)), .facts(RunReport.facts(record.machine))]))
    return ReportPage(
      title: "Noise scale of \(record.name) – Isotherm", kicker: "Isotherm noise · \(record.name)",
      headline: record.headline, tone: record.noiseScale.isFinite ? .good : .warning, notes: record.notes,
      figures: figures(record), sections: sections, footer: "Made by Isotherm from study.json beside this page.")
  }

  /// Steps and samples to the same progress against the batch (McCandlish et al. 2018, eq. 2.11).
  static func steps(_ record: NoiseRecord) -> Chart {
    let batches = batches(record)
    return Chart(
      "Cost against the batch", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("times the least", scale: .logarithmic(base: 2)),
      series: [
        ChartSeries("steps", batches.map { ChartPoint($0, 1 + record.noiseScale / $0) }, color: .palette(0)),
        ChartSeries("samples", batches.map { ChartPoint($0, 1 + $0 / record.noiseScale) }, color: .palette(1)),
      ], guides: [.x(record.noiseScale, "B_noise"), .x(Double(record.batch), "config")])
  }

  static func rate(_ record: NoiseRecord) -> Chart {
    let batches = batches(record)
    let largest = record.recommendation?.largestLearningRate ?? record.learningRate
    let exponent = record.recommendation?.exponent ?? 1
    let ideal = batches.map { ChartPoint($0, record.learningRate * pow($0 / Double(record.batch), exponent)) }
    return Chart(
      "Learning rate against the batch", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("learning rate", scale: .logarithmic(base: 10)),
      series: [
        .ideal(exponent == 1 ? "linear scaling" : "square-root scaling", ideal),
        ChartSeries(
          exponent == 1 ? "η_max/(1 + B_noise/B)" : "η_max/√(1 + B_noise/B)",
          batches.map { ChartPoint($0, largest / pow(1 + record.noiseScale / $0, exponent)) }, color: .palette(0)),
      ], guides: [.x(record.noiseScale, "B_noise"), .x(Double(record.batch), "config")])
  }

  /// Powers of two around the noise scale and the config's batch.
  private static func batches(_ record: NoiseRecord) -> [Double] {
    let low = max(1, min(record.noiseScale, Double(record.batch)) / 16)
    let high = max(record.noiseScale, Double(record.batch)) * 16
    var batches = [low]
    while let last = batches.last, last < high { batches.append(last * 1.5) }
    return batches
  }

  private static func figures(_ record: NoiseRecord) -> [KeyFigure] {
    [
      KeyFigure("Noise scale", HumanFormat.number(record.noiseScale), note: "samples; " + record.interval),
      KeyFigure("|G|²", HumanFormat.number(record.gradientSquaredNorm), note: record.gradientNote),
      KeyFigure("trΣ", HumanFormat.number(record.covarianceTrace), note: "of one sample's gradient"),
      KeyFigure("Recommended batch", record.recommendation.map { HumanFormat.count($0.batch) } ?? HumanFormat.missing),
      KeyFigure(
        "Learning rate there",
        record.recommendation.map { HumanFormat.number($0.learningRate) } ?? HumanFormat.missing,
        note: "if the config's is the best at its own"),
    ]
  }

  private static func facts(_ record: NoiseRecord) -> [(name: String, value: String)] {
    [
      ("Weights", record.weights ?? "initial, of the config's seed"),
      ("Mean loss", HumanFormat.number(record.loss, digits: 4)),
      ("Draws", HumanFormat.plural(HumanFormat.count(record.samples), "sample") + ", with replacement"),
      (
        "Gradients",
        "\(HumanFormat.count(record.samples / max(1, record.samplesPerGradient))) of "
          + HumanFormat.plural("\(record.samplesPerGradient)", "sample")
      ),
      ("Training set", HumanFormat.plural(HumanFormat.count(record.trainSamples), "sample")),
      ("Parameters", HumanFormat.count(record.parameters)),
      ("Config's batch", HumanFormat.count(record.batch)),
      ("Config's rate", HumanFormat.short(record.learningRate)),
    ]
  }
}

extension NoiseRecord {
  /// The result in words.
  public var headline: String {
    guard noiseScale.isFinite else {
      return "The gradient cannot be told from zero in its noise: at these weights every batch pays, however large."
    }
    let scale = HumanFormat.number(noiseScale)
    let words = "The gradient noise scale is \(scale) samples (\(interval))"
    guard let recommendation else { return words + "." }
    return words + ": a batch of about \(HumanFormat.count(recommendation.batch)) is the best trade here, with a "
      + "learning rate of about \(HumanFormat.number(recommendation.learningRate, digits: 2))."
  }

  var interval: String { "95 %: \(HumanFormat.number(low)) to \(HumanFormat.number(high))" }

  var gradientNote: String { isGradientExact ? "exact, over the training set" : "estimated" }

  var layerTable: TextTable {
    var table = TextTable(columns: [
      .text("tensor"), .init("parameters"), .init("|G|²"), .init("trΣ"), .init("noise scale", unit: "samples"),
    ])
    for layer in layers {
      table.append([
        layer.tensor, HumanFormat.count(layer.parameters), HumanFormat.number(layer.gradientSquaredNorm),
        HumanFormat.number(layer.covarianceTrace), HumanFormat.number(layer.noiseScale),
      ])
    }
    table.footer = [
      "all", HumanFormat.count(parameters), HumanFormat.number(gradientSquaredNorm),
      HumanFormat.number(covarianceTrace), HumanFormat.number(noiseScale),
    ]
    return table
  }

  /// What is printed when the study ends.
  public func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    var text = style.paint(style.plain(headline), noiseScale.isFinite ? .good : .warning) + "\n\n"
    let lines = [
      ("noise scale", "\(HumanFormat.number(noiseScale)) samples, \(interval)"),
      ("|G|²", "\(HumanFormat.number(gradientSquaredNorm)), \(gradientNote)"),
      ("trΣ", HumanFormat.number(covarianceTrace)), ("loss", HumanFormat.number(loss, digits: 4)),
      ("draws", HumanFormat.count(samples)),
    ]
    for (label, value) in lines {
      let plain = style.plain(label)
      text +=
        "  " + style.paint(plain, .quiet) + String(repeating: " ", count: 13 - plain.count) + style.plain(value) + "\n"
    }
    if !layers.isEmpty { text += "\n" + layerTable.render(style) }
    for reason in (recommendation?.reasons ?? []) + notes { text += style.plain("\n  · " + reason) }
    return text + "\n"
  }
}
