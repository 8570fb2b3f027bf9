import Charts
import Records

extension ScaleRecord: StudyReport {
  /// Times that were disturbed are no good news, whatever they say, nor is a gain that their quartiles do not settle.
  package var tone: ReportPage.Tone {
    outcome == .interrupted || medianSpread ?? 0 > Self.greatestQuietSpread || isGainOpen ? .warning : .good
  }

  package var page: ReportPage {
    var sections: [ReportPage.Section] = []
    let measured = ScaleCharts.measured(self)
    if let first = measured.first {
      // The answer's own chart, and the proof behind it.
      sections.append(
        .init(
          "Measured",
          [
            .paragraph(Self.measuredWords), .charts([first]), .table(ScaleTables.cells(self)),
            .folded("Speedup, efficiency and where the time goes", [.charts(Array(measured.dropFirst()))]),
          ]))
    }
    if !weakScaling.isEmpty {
      sections.append(
        .init(
          "Weak scaling",
          [
            .paragraph(Self.weakWords), .charts([ScaleCharts.weakScaling(self)]),
            .foldedTable("Every group in numbers", ScaleTables.weakScaling(self)),
          ]))
    }
    if let model { sections.append(prediction(model)) }
    if let networks, !networks.isEmpty {
      sections.append(
        .init(
          "Several hosts",
          [.paragraph(Self.networkWords)] + [ranksSentence, networkSentence].compactMap { $0.map { .paragraph($0) } }
            + [.foldedTable("2 to 16 hosts on three networks in numbers", ScaleTables.networks(self))]))
    }
    // Where there is a model, what to think of it stands with its predictions.
    let sentence = model == nil ? trustSentence : limitSentence
    return page(
      notes: remarks + [sentence].compactMap { $0 }, figures: figures, sections: sections, facts: facts,
      machine: Facts([("Usable threads", HumanFormat.count(usableCores))]), version: isothermVersion)
  }

  private static let measuredWords = """
    Medians over the timed steps; error bars span their quartiles. One line a batch: strong scaling keeps the batch \
    while threads grow.
    """

  private static let weakWords = """
    The batch grows with the threads. Shards and microbatches follow the config's rule for each batch, so part of a \
    gain may come from larger microbatches.
    """

  private static let modelWords = """
    Dashed lines are not measured: they are what a cost model, fitted to the measured cells, expects of a machine with \
    as many cores of this kind: that share one memory, or of a machine with several memory nodes, as many more of them. \
    It counts the samples of the busiest worker, what the others take \
    from the shared memory meanwhile, the bytes of the reduction, and the waking of threads. Where gradients of wide \
    dense layers are multiplied as they are reduced, that work counts as reduction when it is measured. Bands span the \
    fits that leave out one cell each.
    """

  private static let networkWords = """
    Not measured: one rank on each of several hosts like this one. A step is what the busiest rank computes, and then what \
    it sends or receives, by the bytes that plan --ranks counts, at the speed of the network less what frames take, and 50 \
    µs for each time that ranks wait for one another. Where pieces are sent while others are summed and updated, what that \
    hides is taken off; else the table says what it would be.
    """

  private func prediction(_ model: ScaleModelRecord) -> ReportPage.Section {
    let sentences = [Self.modelWords] + [predictionSentence, borderSentence, trustSentence].compactMap { $0 }
    return ReportPage.Section(
      "Predicted",
      sentences.dropFirst().map { .paragraph($0) } + [
        .table(ScaleTables.limits(self)),
        .folded(
          "Predictions as plots", [.paragraph(Self.modelWords), .charts(ScaleCharts.predicted(self))]),
        .foldedTable("Predictions for 4 to 256 threads in numbers", ScaleTables.predictions(self)),
        .foldedTable("What the model is made of", ScaleTables.parameters(model)),
      ])
  }

  private var figures: [KeyFigure] {
    guard let cell = sufficient else { return [] }
    var figures = [
      KeyFigure(
        "Samples a second", HumanFormat.number(cell.samplesPerSecond),
        note: "batch \(HumanFormat.count(cell.batch)), \(cell.workersText)")
    ]
    if let base = soloCells.first(where: { $0.batch == cell.batch }), base.threads != cell.threads {
      figures.add(
        "Speedup", HumanFormat.number(cell.speedup) + " ×",
        note: "against \(HumanFormat.plural("\(base.threads)", "thread"))"
          + (speedupRange(cell).map { "; quartiles \($0)" } ?? ""))
      figures.add("Efficiency", HumanFormat.percent(cell.efficiency, decimals: 0))
    }
    figures.add(
      "Reduction", HumanFormat.percent(cell.reduceSeconds / (cell.gradientSeconds + cell.reduceSeconds), decimals: 1),
      note: "of the step")
    let flops = flopsPerSample.map { HumanFormat.prefixed(Double($0) * cell.samplesPerSecond) }
    figures.add("Arithmetic", flops, note: "FLOP/s")
    let error = model?.medianHeldOutError.map { HumanFormat.percent($0, decimals: 1) }
    figures.add("Model error", error, note: "median on cells left out")
    return figures
  }

  private var facts: Facts {
    Facts([
      ("Data", dataset), ("Training set", trainSamples.map { HumanFormat.count($0) + " samples" }),
      ("Parameters", parameters.map(HumanFormat.count)),
      ("Work a sample", flopsPerSample.map { HumanFormat.prefixed(Double($0)) + "FLOP" }),
      ("Timed steps", "\(HumanFormat.duration(secondsPerCell)) a cell in \(rounds) rounds"),
      ("Wall time", HumanFormat.duration(wallSeconds)), ("Started", startedAt.map(HumanFormat.date)),
    ])
  }
}
