import Charts
import Records

/// The page of a scale study.
public enum ScaleReport {
  /// Makes the page; also of an interrupted study, from the cells that it has.
  public static func page(_ record: ScaleRecord) -> ReportPage {
    var sections: [ReportPage.Section] = []
    let measured = ScaleCharts.measured(record)
    if !measured.isEmpty {
      sections.append(
        .init(
          "Measured",
          [
            .paragraph(
              "Medians over the timed steps; error bars span their quartiles. One line a batch: strong scaling keeps "
                + "the batch while threads grow."),
            .charts(measured), .table(ScaleTables.cells(record)),
          ]))
    }
    if !record.weakScaling.isEmpty {
      sections.append(
        .init(
          "Weak scaling",
          [
            .paragraph(
              "The batch grows with the threads. Shards and microbatches follow the config's rule for each batch, so "
                + "part of a gain may come from larger microbatches."),
            .charts([ScaleCharts.weakScaling(record)]),
            .foldedTable("Every group in numbers", ScaleTables.weakScaling(record)),
          ]))
    }
    if let model = record.model { sections.append(prediction(record, model)) }
    sections.append(.init("Study", [.facts(facts(record))]))
    sections.append(.init("Machine", [.facts(machine(record))]))
    sections.append(
      .init(
        "Files beside this page",
        [
          .files([
            (path: StudyFileName.record, note: "the results, for programs"),
            (path: StudyFileName.table, note: "every cell, one a row"),
            (path: StudyFileName.configuration, note: "the configuration that the cells vary"),
          ])
        ]))
    // Where there is a model, what to think of it stands with its predictions.
    let notes = record.model == nil ? [record.trustSentence] : [record.limitSentence]
    return ReportPage(
      title: "\(record.name), scale – Isotherm", kicker: "Isotherm scale · \(record.name)",
      headline: record.headline, tone: record.outcome == .interrupted ? .warning : .good,
      notes: record.remarks + notes.compactMap { $0 }, figures: figures(record), sections: sections,
      footer: "Made by Isotherm\(record.isothermVersion.map { " " + $0 } ?? "") from the records of the study.")
  }

  private static func prediction(_ record: ScaleRecord, _ model: ScaleModelRecord) -> ReportPage.Section {
    let explanation =
      "Dashed lines are not measured: they are what a cost model, fitted to the measured cells, expects of a machine "
      + "with as many cores of this kind that share one memory. It counts the samples of the busiest worker, what the "
      + "others take from the shared memory meanwhile, the bytes of the reduction, and the waking of threads. Where "
      + "gradients of wide dense layers are multiplied as they are reduced, that work counts as reduction when it is "
      + "measured. Bands span the fits that leave out one cell each."
    let sentences = [record.predictionSentence, record.trustSentence].compactMap { $0 }
    return ReportPage.Section(
      "Predicted",
      [.paragraph(explanation)] + sentences.map { .paragraph($0) } + [
        .charts(ScaleCharts.predicted(record)), .table(ScaleTables.limits(record)),
        .foldedTable("Predictions for 4 to 256 threads in numbers", ScaleTables.predictions(record)),
        .foldedTable("What the model is made of", ScaleTables.parameters(model)),
      ])
  }

  private static func figures(_ record: ScaleRecord) -> [KeyFigure] {
    guard let cell = record.sufficient else { return [] }
    var figures = [
      KeyFigure(
        "Samples a second", HumanFormat.number(cell.samplesPerSecond),
        note: "batch \(HumanFormat.count(cell.batch)), \(HumanFormat.plural("\(cell.threads)", "thread"))")
    ]
    if let base = record.cells.first(where: { $0.batch == cell.batch }), base.threads != cell.threads {
      figures.append(
        KeyFigure(
          "Speedup", HumanFormat.number(cell.speedup) + " ×",
          note: "against \(HumanFormat.plural("\(base.threads)", "thread"))"))
      figures.append(KeyFigure("Efficiency", HumanFormat.percent(cell.efficiency, decimals: 0)))
    }
    figures.append(
      KeyFigure(
        "Reduction", HumanFormat.percent(cell.reduceSeconds / (cell.gradientSeconds + cell.reduceSeconds), decimals: 1),
        note: "of the step"))
    if let flops = record.flopsPerSample {
      figures.append(
        KeyFigure("Arithmetic", HumanFormat.prefixed(Double(flops) * cell.samplesPerSecond), note: "FLOP/s"))
    }
    if let error = record.model?.medianHeldOutError {
      figures.append(
        KeyFigure("Model error", HumanFormat.percent(error, decimals: 1), note: "median on cells left out"))
    }
    return figures
  }

  private static func facts(_ record: ScaleRecord) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value { facts.append((name, value)) }
    }
    add("Data", record.dataset)
    add("Training set", record.trainSamples.map { HumanFormat.count($0) + " samples" })
    add("Parameters", record.parameters.map(HumanFormat.count))
    add("Work a sample", record.flopsPerSample.map { HumanFormat.prefixed(Double($0)) + "FLOP" })
    add("Timed steps", "\(HumanFormat.duration(record.secondsPerCell)) a cell in \(record.rounds) rounds")
    add("Wall time", HumanFormat.duration(record.wallSeconds))
    add("Started", record.startedAt)
    return facts
  }

  private static func machine(_ record: ScaleRecord) -> [(name: String, value: String)] {
    [(name: "Threads at once", value: HumanFormat.count(record.usableCores))] + RunReport.facts(record.machine)
  }
}
