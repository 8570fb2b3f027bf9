import Charts
import Records

extension NoiseRecord: StudyReport {
  /// The result in words.
  package var headline: String {
    guard noiseScale.isFinite else {
      return "The gradient cannot be told from zero in its noise: at these weights a larger batch helps, however large."
    }
    let scale = HumanFormat.number(noiseScale)
    let words = "The gradient noise scale is \(scale) samples (\(interval))"
    guard let recommendation else { return words + "." }
    let batch = HumanFormat.count(recommendation.batch)
    let rate = HumanFormat.number(recommendation.learningRate, digits: 2)
    guard isNarrow else {
      return words
        + ": too wide to name a batch; one of about \(batch), with a learning rate of about \(rate), is its middle."
    }
    return words + ": a batch of about \(batch) is the best trade here, with a learning rate of about \(rate)."
  }

  /// Whether the interval is within one doubling of the batch to either side.
  private var isNarrow: Bool { low > 0 && high <= 4 * low }

  package var tone: ReportPage.Tone { !noiseScale.isFinite ? .warning : isNarrow ? .good : .plain }

  package var page: ReportPage {
    var sections: [ReportPage.Section] = []
    if noiseScale.isFinite {
      sections.append(.init("What a batch is worth", [.charts([NoiseCharts.steps(self), NoiseCharts.rate(self)])]))
    }
    if let recommendation { sections.append(.init("Why", recommendation.reasons.map { .paragraph($0) })) }
    if !layers.isEmpty { sections.append(.init("Tensor by tensor", [.table(layerTable)])) }
    return page(notes: notes, figures: figures, sections: sections, facts: facts, cells: "tensor")
  }

  private var figures: [KeyFigure] {
    [
      KeyFigure("Noise scale", HumanFormat.number(noiseScale), note: "samples; " + interval),
      KeyFigure("|G|²", HumanFormat.number(gradientSquaredNorm), note: gradientNote),
      KeyFigure("trΣ", HumanFormat.number(covarianceTrace), note: "of one sample's gradient"),
      KeyFigure("Recommended batch", recommendation.map { HumanFormat.count($0.batch) } ?? HumanFormat.missing),
      KeyFigure(
        "Learning rate there",
        recommendation.map { HumanFormat.number($0.learningRate) } ?? HumanFormat.missing,
        note: "if the config's is the best at its own"),
    ]
  }

  private var facts: Facts {
    Facts([
      ("Weights", weights ?? "initial, of the config's seed"),
      ("Mean loss", HumanFormat.number(loss, digits: 4)),
      ("Draws", HumanFormat.plural(HumanFormat.count(samples), "sample") + ", with replacement"),
      (
        "Gradients",
        "\(HumanFormat.count(samples / max(1, samplesPerGradient))) of "
          + HumanFormat.plural("\(samplesPerGradient)", "sample")
      ),
      ("Training set", HumanFormat.plural(HumanFormat.count(trainSamples), "sample")),
      ("Parameters", HumanFormat.count(parameters)),
      ("Config's batch", HumanFormat.count(batch)),
      ("Config's rate", HumanFormat.short(learningRate)),
    ])
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

  package func closingText(style: TerminalStyle) -> String {
    var figures = ""
    let lines = [
      ("noise scale", "\(HumanFormat.number(noiseScale)) samples, \(interval)"),
      ("|G|²", "\(HumanFormat.number(gradientSquaredNorm)), \(gradientNote)"),
      ("trΣ", HumanFormat.number(covarianceTrace)), ("loss", HumanFormat.number(loss, digits: 4)),
      ("draws", HumanFormat.count(samples)),
    ]
    for (label, value) in lines {
      let plain = style.plain(label)
      figures +=
        "  " + style.paint(plain, .quiet) + String(repeating: " ", count: 13 - plain.count) + style.plain(value) + "\n"
    }
    let tensors = layers.isEmpty ? "" : layerTable.render(style)
    return text([figures, tensors], remarks: (recommendation?.reasons ?? []) + notes, style: style)
  }
}
