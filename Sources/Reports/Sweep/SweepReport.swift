import Charts
import Records

extension SweepRecord: StudyReport {
  package var tone: ReportPage.Tone {
    if !isComplete { return .warning }
    if grid.target == nil { return .plain }
    guard hasReached else { return .bad }
    // Green is for what seeds have told apart.
    return isSettled ? .good : .plain
  }

  package var page: ReportPage {
    let compares = grid.rules.count > 1
    var sections: [ReportPage.Section] = []
    if compares, comparesErrors { sections.append(ruleSection()) }
    let speed = batchSection()
    if !speed.blocks.isEmpty { sections.append(speed) }
    if compares, !comparesErrors { sections.append(ruleSection()) }
    if !points.isEmpty {
      sections.append(.init("Every run", [.foldedTable("All \(points.count) runs", SweepTables.cells(self))]))
    }
    return page(
      notes: remarks, figures: figures, sections: sections, facts: facts, version: isothermVersion, cells: "run")
  }

  private func batchSection() -> ReportPage.Section {
    var charts = SweepCharts.speed(self)
    if let multiples = SweepCharts.multiples(self) { charts.append(multiples) }
    if rules.count < 2 { charts += [SweepCharts.quality(self), SweepCharts.lossCurves(self)] }
    var blocks: [ReportPage.Block] = charts.isEmpty ? [] : [.charts(charts)]
    if rules.count < 2 || !comparesErrors {
      for rule in rules {
        blocks.append(.table(SweepTables.batches(self, rule, caption: rules.count > 1 ? rule.rule.name : nil)))
      }
    }
    if grid.target != nil {
      let percent = HumanFormat.short(grid.resolution * 100)
      blocks.append(
        .paragraph(
          "Steps to target count to the first evaluation that reaches it. Runs are evaluated after an eighth of an "
            + "epoch and then each time that their steps have grown by \(percent) %, so steps are at most that much "
            + "too many, at every batch alike. Time is that of training steps, without evaluation. Numbers are medians, "
            + "and in brackets the least and greatest, of the seeds that reached the target, at the multiple of the "
            + "learning rate that suits the batch best. One batch is called faster than another only where the 95 % "
            + "interval of their difference over seeds (Welch 1947) leaves zero out. The curve is S = S_min (1 + B_crit/B) (McCandlish et al. 2018)."
        ))
    }
    return .init("Batch size", blocks)
  }

  private func ruleSection() -> ReportPage.Section {
    var blocks: [ReportPage.Block] = [
      .charts([SweepCharts.ruleErrors(self)] + SweepCharts.ruleCurves(self)), .table(SweepTables.rules(self)),
    ]
    if !comparesErrors {
      blocks.append(
        .paragraph("Runs stop at the target, so the errors of those that reached it are about the target's."))
    }
    return .init("Rules for the learning rate", blocks)
  }

  private var figures: [KeyFigure] {
    var figures: [KeyFigure] = []
    if let knee = knee,
      let seconds = rules.first?.batches.first(where: { $0.batch == knee.batch })?.seconds
    {
      let range =
        seconds.low < seconds.high
        ? "; \(HumanFormat.duration(seconds.low)) to \(HumanFormat.duration(seconds.high)) over seeds" : ""
      figures.add(
        "Time to \(targetText)", HumanFormat.duration(seconds.median),
        note: "at batch \(HumanFormat.count(knee.batch))\(range)")
    }
    if let critical = criticalBatchText {
      let isWithin = critical.first?.isNumber == true
      let interval = isWithin ? criticalBatchInterval : critical.hasPrefix("between") ? "95 %" : nil
      let note = [interval, criticalBatchCaution].compactMap(\.self)
      figures.add("Critical batch", critical, note: note.isEmpty ? nil : note.joined(separator: "; "))
    }
    let scale = measuredNoiseScale.map { HumanFormat.scale($0, digits: 2) }
    figures.add("Noise scale", scale, note: "measured in the runs")
    if let fit {
      figures.add("Least steps", HumanFormat.number(fit.minimumSteps, digits: 2), note: "of any batch")
      let epochs = trainSamples.map {
        HumanFormat.plural(HumanFormat.short(fit.minimumSamples / Double($0), digits: 2), "epoch")
      }
      figures.add("Least samples", HumanFormat.prefixed(fit.minimumSamples), note: epochs)
    }
    let left = isComplete ? nil : "of \(plannedCells)"
    figures.add("Runs", "\(points.count)", note: left ?? "all done")
    return figures
  }

  private var facts: Facts {
    var facts = Facts()
    facts.add("Data", dataset)
    facts.add("Data set", Facts.samples(training: trainSamples, test: testSamples))
    facts.add("Target", grid.target == nil ? "none: every run uses its budget" : targetText)
    facts.add("Budget of a run", HumanFormat.plural(HumanFormat.short(grid.epochs), "epoch"))
    facts.add("Runs end", grid.target == nil || grid.toTheEnd ? "with the budget" : "at the target, or with the budget")
    facts.add("Batches", grid.batches.sorted().map(HumanFormat.count).joined(separator: ", "))
    facts.add("Seeds", grid.seeds.map(String.init).joined(separator: ", "))
    facts.add("Multiples of the rate", grid.learningRates.map { HumanFormat.short($0) }.joined(separator: ", "))
    facts.add("Rules", grid.rules.map(\.name).joined(separator: "; "))
    facts.add("Threads", Set(points.map(\.threads)).sorted().map(String.init).joined(separator: ", "))
    if let fit {
      facts.add(
        "Fit",
        "\(HumanFormat.plural("\(fit.points)", "run")), deviation "
          + HumanFormat.percent(fit.deviation, decimals: 1))
    }
    let seconds = points.reduce((0.0, 0.0)) { ($0.0 + $1.trainingSeconds, $0.1 + $1.evaluationSeconds) }
    facts.add(
      "Time of all runs",
      "\(HumanFormat.duration(seconds.0)) in steps, \(HumanFormat.duration(seconds.1)) in evaluation")
    facts.add("Started", startedAt.map(HumanFormat.date))
    return facts
  }
}
