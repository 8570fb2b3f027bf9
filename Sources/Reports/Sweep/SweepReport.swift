import Charts
import Records

/// The page of a sweep.
public enum SweepReport {
  /// Makes the page from the record; also while the sweep goes on.
  public static func page(_ record: SweepRecord) -> ReportPage {
    let compares = record.grid.rules.count > 1
    var sections: [ReportPage.Section] = []
    if compares, record.comparesErrors { sections.append(rules(record)) }
    let speed = batches(record)
    if !speed.blocks.isEmpty { sections.append(speed) }
    if compares, !record.comparesErrors { sections.append(rules(record)) }
    if !record.points.isEmpty {
      sections.append(.init("Every run", [.foldedTable("All \(record.points.count) runs", SweepTables.cells(record))]))
    }
    sections.append(.init("Study", [.facts(facts(record))]))
    sections.append(.init("Machine", [.facts(RunReport.facts(record.machine))]))
    sections.append(
      .init(
        "Files beside this page",
        [
          .files([
            (StudyFileName.record, "the results, for programs"), (StudyFileName.table, "the runs, one a row"),
            (StudyFileName.configuration, "the configuration that the runs vary"),
          ])
        ]))
    return ReportPage(
      title: "\(record.name), sweep – Isotherm", kicker: "Isotherm sweep · \(record.name)", headline: record.headline,
      tone: tone(record), notes: record.remarks, figures: figures(record), sections: sections,
      footer: "Made by Isotherm\(record.isothermVersion.map { " " + $0 } ?? "") from the records of the study.")
  }

  private static func tone(_ record: SweepRecord) -> ReportPage.Tone {
    if !record.isComplete { return .warning }
    if record.grid.target == nil { return .plain }
    return record.hasReached ? .good : .bad
  }

  private static func batches(_ record: SweepRecord) -> ReportPage.Section {
    var charts = SweepCharts.speed(record)
    if let multiples = SweepCharts.multiples(record) { charts.append(multiples) }
    if record.rules.count < 2 { charts += [SweepCharts.quality(record), SweepCharts.lossCurves(record)] }
    var blocks: [ReportPage.Block] = charts.isEmpty ? [] : [.charts(charts)]
    if record.rules.count < 2 || !record.comparesErrors {
      for rule in record.rules {
        blocks.append(.table(SweepTables.batches(record, rule, caption: record.rules.count > 1 ? rule.rule.name : nil)))
      }
    }
    if record.grid.target != nil {
      let percent = HumanFormat.short(record.grid.resolution * 100)
      blocks.append(
        .paragraph(
          "Steps to target count to the first evaluation that reaches it. Runs are evaluated after an eighth of an "
            + "epoch and then each time that their steps have grown by \(percent) %, so steps are at most that much "
            + "too many, at every batch alike. Time is that of training steps, without evaluation. Numbers are medians, "
            + "and in brackets the least and greatest, of the seeds that reached the target, at the multiple of the "
            + "learning rate that suits the batch best. The curve is S = S_min (1 + B_crit/B) (McCandlish et al. 2018)."
        ))
    }
    return .init("Batch size", blocks)
  }

  private static func rules(_ record: SweepRecord) -> ReportPage.Section {
    var blocks: [ReportPage.Block] = [
      .charts([SweepCharts.ruleErrors(record)] + SweepCharts.ruleCurves(record)), .table(SweepTables.rules(record)),
    ]
    if !record.comparesErrors {
      blocks.append(
        .paragraph("Runs stop at the target, so the errors of those that reached it are about the target's."))
    }
    return .init("Rules for the learning rate", blocks)
  }

  private static func figures(_ record: SweepRecord) -> [KeyFigure] {
    var figures: [KeyFigure] = []
    if let knee = record.knee,
      let seconds = record.rules.first?.batches.first(where: { $0.batch == knee.batch })?.seconds
    {
      figures.append(
        KeyFigure(
          "Time to \(record.targetText)", HumanFormat.duration(seconds.median),
          note: "at batch \(HumanFormat.count(knee.batch))"))
    }
    if let critical = record.criticalBatchText {
      let isWithin = critical.first?.isNumber == true
      figures.append(KeyFigure("Critical batch", critical, note: isWithin ? record.criticalBatchInterval : nil))
    }
    if let scale = record.measuredNoiseScale {
      figures.append(
        KeyFigure("Noise scale", HumanFormat.scale(scale, digits: 2), note: "measured in the runs"))
    }
    if let fit = record.fit {
      figures.append(KeyFigure("Least steps", HumanFormat.number(fit.minimumSteps, digits: 2), note: "of any batch"))
      let epochs = record.trainSamples.map {
        HumanFormat.plural(HumanFormat.short(fit.minimumSamples / Double($0), digits: 2), "epoch")
      }
      figures.append(KeyFigure("Least samples", HumanFormat.prefixed(fit.minimumSamples), note: epochs))
    }
    let left = record.isComplete ? nil : "of \(record.plannedCells)"
    figures.append(KeyFigure("Runs", "\(record.points.count)", note: left ?? "all done"))
    return figures
  }

  private static func facts(_ record: SweepRecord) -> [(name: String, value: String)] {
    var facts: [(name: String, value: String)] = []
    func add(_ name: String, _ value: String?) {
      if let value { facts.append((name, value)) }
    }
    let grid = record.grid
    add("Data", record.dataset)
    let training = record.trainSamples.map { HumanFormat.count($0) + " for training" }
    let test = record.testSamples.map { HumanFormat.count($0) + " for testing" }
    add("Data set", training == nil && test == nil ? nil : [training, test].compactMap { $0 }.joined(separator: ", "))
    add("Target", grid.target == nil ? "none: every run uses its budget" : record.targetText)
    add("Budget of a run", HumanFormat.plural(HumanFormat.short(grid.epochs), "epoch"))
    add("Runs end", grid.target == nil || grid.toTheEnd ? "with the budget" : "at the target, or with the budget")
    add("Batches", grid.batches.sorted().map(HumanFormat.count).joined(separator: ", "))
    add("Seeds", grid.seeds.map(String.init).joined(separator: ", "))
    add("Multiples of the rate", grid.learningRates.map { HumanFormat.short($0) }.joined(separator: ", "))
    add("Rules", grid.rules.map(\.name).joined(separator: "; "))
    add("Threads", Set(record.points.map(\.threads)).sorted().map(String.init).joined(separator: ", "))
    if let fit = record.fit {
      add(
        "Fit",
        "\(HumanFormat.plural("\(fit.points)", "run")), deviation "
          + HumanFormat.percent(fit.deviation, decimals: 1))
    }
    let seconds = record.points.reduce((0.0, 0.0)) { ($0.0 + $1.trainingSeconds, $0.1 + $1.evaluationSeconds) }
    add(
      "Time of all runs",
      "\(HumanFormat.duration(seconds.0)) in steps, \(HumanFormat.duration(seconds.1)) in evaluation")
    add("Started", record.startedAt)
    return facts
  }
}
