import Charts
import Foundation
import Records

/// The page of one run.
package enum RunReport {
  /// Makes the page from what a run directory records; also while the run is running, without a summary.
  ///
  /// - Parameters:
  ///   - running: what is known of a run that goes on; `nil` for one that may have ended.
  ///   - showsFiles: whether the page will lie in the run directory, so that it may point to the files there.
  package static func page(
    _ record: RunRecord, running: RunningState? = nil, showsFiles: Bool = true
  ) -> ReportPage {
    let summary = record.summary
    var sections = [ReportPage.Section("Training", [.charts(RunCharts.all(record))])]
    if let words = thinning(record.metrics) { sections[0].blocks.append(.paragraph(words)) }
    if record.metrics.evaluationCount > 0 {
      sections[0].blocks.append(.foldedTable("Every evaluation in numbers", evaluationTable(record.metrics)))
    }
    if let classes = summary?.classes, let matrix = ConfusionMatrix(classes) {
      sections.append(.init("Classes", [.confusion(matrix)]))
    }
    if let summary {
      sections.append(.init("Run", [.facts(facts(summary))]))
      if let machine = summary.machine { sections.append(.init("Machine", [.facts(facts(machine, summary))])) }
    }
    let files = showsFiles ? files(record.folder) : []
    if !files.isEmpty { sections.append(.init("Files beside this page", [.files(files)])) }
    // On paper it is unfolded, so that it comes last.
    if let configuration = record.configuration {
      sections.append(.init("Configuration", [.foldedText(RunRecord.FileName.configuration, text: configuration)]))
    }
    return ReportPage(
      title: "\(record.name) – Isotherm", kicker: "Isotherm run · \(record.name)", headline: headline(record, running),
      tone: running == nil ? tone(summary) : .plain, notes: notes(record, running),
      figures: running.map { figures(record, $0) } ?? figures(record), sections: sections,
      footer: "Made by Isotherm\(summary?.isothermVersion.map { " " + $0 } ?? "") from the records of the run.")
  }

  private static func tone(_ summary: RunSummary?) -> ReportPage.Tone {
    switch summary?.outcome {
    case .completed, .targetReached: summary?.verdict.isEmpty == false ? .warning : .good
    case .interrupted, nil: .warning
    case .diverged: .bad
    }
  }

  private static func headline(_ record: RunRecord, _ running: RunningState?) -> String {
    if let summary = record.summary { return summary.headline }
    guard let last = record.metrics.training.last else { return "No step is recorded yet." }
    let loss = HumanFormat.optional(last.loss) { HumanFormat.number($0) }
    let epoch = HumanFormat.short(last.epoch)
    if let running { return headline(last, loss, running) }
    return "At step \(HumanFormat.count(last.step)), epoch \(epoch), with a loss of \(loss)."
  }

  /// "Step 1,203 of 7,600, epoch 7 of 40, with a loss of 0.083: about 12 s left."
  private static func headline(_ last: MetricsLine, _ loss: String, _ running: RunningState) -> String {
    let epoch = max(1, Int(within: min(last.epoch - 1e-9, 1e15).rounded(.up)))
    let left = running.secondsLeft(afterStep: last.step).map { ": about \(HumanFormat.duration($0)) left" } ?? ""
    return "Step \(HumanFormat.count(last.step)) of \(HumanFormat.count(running.plan.steps)), epoch "
      + "\(HumanFormat.count(epoch)) of \(HumanFormat.short(running.plan.epochs, digits: 4)), with a loss of \(loss)\(left)."
  }

  private static func notes(_ record: RunRecord, _ running: RunningState?) -> [String] {
    var notes: [String] = []
    if record.summary == nil, running == nil {
      notes.append("There is no summary yet: the run is still running, or it was stopped without time to write one.")
    }
    if let loss = record.summary?.divergence?.loss {
      notes.append("The last finite loss was \(HumanFormat.number(loss)).")
    }
    notes += DivergenceAdvice.lines(record).map { "To try: \($0)." }
    if let checkpoint = record.summary?.divergence?.checkpoint {
      notes.append("The newest checkpoint before it is \(checkpoint).")
    }
    if let summary = record.summary, let best = summary.bestTestAccuracy, let last = summary.testAccuracy,
      best > last, let step = summary.bestStep
    {
      notes.append(
        "The best evaluation was \(HumanFormat.percent(best)) at step \(HumanFormat.count(step)); "
          + "its checkpoint is kept.")
    }
    if let summary = record.summary, let saving = summary.savingSeconds, let training = summary.trainingSeconds,
      saving > 1, saving > training
    {
      notes.append(
        "Saving took longer than training: \"checkpoint\": { \"pace\": true } lets saves wait, and a larger "
          + "checkpoint.everyEpochs makes fewer.")
    }
    if let lost = record.summary?.metricsLinesLost {
      notes.append(
        "\(HumanFormat.plural(HumanFormat.count(lost), "line")) of metrics.jsonl could not be written and "
          + "\(lost == 1 ? "is" : "are") missing from the plots; the weights are those of the whole run.")
    }
    if record.metrics.isTruncated || !record.metrics.unreadableLines.isEmpty {
      let count = record.metrics.unreadableLines.count + (record.metrics.isTruncated ? 1 : 0)
      notes.append(
        "\(HumanFormat.plural("\(count)", "line")) of metrics.jsonl could not be read and "
          + "\(count == 1 ? "is" : "are") left out.")
    }
    return notes
  }

  private static func figures(_ record: RunRecord, _ running: RunningState) -> [KeyFigure] {
    let training = record.metrics.training
    var figures: [KeyFigure] = []
    if let last = record.metrics.evaluations.last {
      let note = "at epoch \(HumanFormat.short(last.epoch, digits: 4))"
      let set = record.metrics.evaluatedSet.capitalized
      figures.add("\(set) accuracy", last.evaluatedAccuracy.map { HumanFormat.percent($0) }, note: note)
      figures.add("\(set) loss", last.evaluatedLoss.map { HumanFormat.number($0) }, note: note)
    }
    if let last = training.last {
      let rates = training.suffix(50).compactMap(\.samplesPerSecond)
      if !rates.isEmpty {
        figures.add("Samples a second", HumanFormat.number(rates.reduce(0, +) / Double(rates.count)))
      }
      figures.add("Learning rate", last.learningRate.map { HumanFormat.short($0) })
    }
    figures.add("Time so far", HumanFormat.duration(running.elapsedSeconds))
    if let last = training.last {
      figures.add(
        "Time left", HumanFormat.optional(running.secondsLeft(afterStep: last.step)) { HumanFormat.duration($0) })
    }
    return figures
  }

  private static func figures(_ record: RunRecord) -> [KeyFigure] {
    guard let summary = record.summary else {
      guard let last = record.metrics.evaluations.last else { return [] }
      let set = record.metrics.evaluatedSet.capitalized
      return [
        KeyFigure("\(set) accuracy", HumanFormat.optional(last.evaluatedAccuracy) { HumanFormat.percent($0) }),
        KeyFigure("\(set) loss", HumanFormat.optional(last.evaluatedLoss) { HumanFormat.number($0) }),
      ]
    }
    var figures: [KeyFigure] = []
    let counts = summary.classes.counts.map { "\(HumanFormat.count($0.correct)) of \(HumanFormat.count($0.total))" }
    figures.add("Test accuracy", summary.testAccuracy.map { HumanFormat.percent($0) }, note: counts)
    if let errors = summary.regression {
      figures.add(
        "R² on the test set", errors.rSquared.map { HumanFormat.fixed($0, decimals: 4) },
        note:
          "RMSE \(HumanFormat.number(errors.rootMeanSquaredError)), MAE \(HumanFormat.number(errors.meanAbsoluteError))"
      )
    }
    let train = summary.trainLoss.map { "train \(HumanFormat.number($0))" }
    figures.add("Test loss", HumanFormat.optional(summary.testLoss) { HumanFormat.number($0) }, note: train)
    figures.add(
      "Samples a second", HumanFormat.number(summary.samplesPerSecond),
      note: "on " + summary.workersText)
    figures.add(
      "Wall time", HumanFormat.duration(summary.wallSeconds),
      note: wallNote(summary))
    figures.add(
      "Steps", HumanFormat.count(summary.steps),
      note: HumanFormat.plural(HumanFormat.short(summary.epochs, digits: 4), "epoch"))
    figures.add(
      "Noise scale", summary.measuredNoiseScale.map { HumanFormat.scale($0) },
      note: summary.batch.map { "samples; the batch has \(HumanFormat.count($0))" })
    // Six figures fill a row.
    if summary.measuredNoiseScale == nil, summary.regression == nil {
      figures.add("Peak memory", HumanFormat.bytes(summary.peakMemoryBytes))
    }
    return figures
  }

  /// Where the wall time went: steps, and saving where that is the greater part.
  private static func wallNote(_ summary: RunSummary) -> String? {
    guard let training = summary.trainingSeconds else { return nil }
    let steps = "steps \(HumanFormat.duration(training))"
    guard let saving = summary.savingSeconds, saving > training else { return steps }
    return steps + ", saving \(HumanFormat.duration(saving))"
  }

  /// What of a long run is drawn; `nil` for one of which everything is.
  private static func thinning(_ metrics: MetricsLog) -> String? {
    var sentences: [String] = []
    if let last = metrics.training.last?.step, last > 10_000 {
      sentences.append(
        "Steps are recorded one by one up to step 10,000, every second one up to 20,000, every fourth one up to 40,000, "
          + "and so on; each line is of its own step, not a mean of those between.")
    }
    let (shown, all) = (metrics.evaluations.count, metrics.evaluationCount)
    if shown < all {
      sentences.append(
        "Of \(HumanFormat.count(all)) evaluations the plots have those that are the least or the greatest of their "
          + "stretch of steps.")
    }
    return sentences.isEmpty ? nil : sentences.joined(separator: " ")
  }

  /// Evaluations in numbers, thinned evenly where there are more than a hundred.
  private static func evaluationTable(_ metrics: MetricsLog) -> TextTable {
    let all = metrics.evaluations
    let stride = (all.count + 99) / 100
    let hasAccuracy = all.contains { $0.evaluatedAccuracy != nil }
    let hasShare = all.contains { $0.rSquared != nil }
    let set = metrics.evaluatedSet
    var table = TextTable(
      columns: [.init("epoch"), .init("step"), .init("\(set) loss")] + (hasAccuracy ? [.init("\(set) accuracy")] : [])
        + (hasShare ? [.init("R²")] : []))
    if metrics.evaluationCount > all.count {
      table.caption = "About a hundred of \(HumanFormat.count(metrics.evaluationCount)) evaluations, and the last."
    } else if stride > 1 {
      table.caption = "Every \(stride)th of \(HumanFormat.count(all.count)) evaluations, and the last."
    }
    for (index, line) in all.enumerated() where index.isMultiple(of: stride) || index == all.count - 1 {
      let accuracy = HumanFormat.optional(line.evaluatedAccuracy) { HumanFormat.percent($0) }
      let share = HumanFormat.optional(line.rSquared) { HumanFormat.fixed($0, decimals: 4) }
      table.append(
        [
          HumanFormat.short(line.epoch, digits: 4), HumanFormat.count(line.step),
          HumanFormat.optional(line.evaluatedLoss) { HumanFormat.number($0, digits: 4) },
        ] + (hasAccuracy ? [accuracy] : []) + (hasShare ? [share] : []))
    }
    return table
  }

  /// Where the first weights came from: the file, what was taken, its digest.
  private static func initialWeights(_ record: InitialWeightsRecord) -> String {
    let all = record.tensorsTaken + record.tensorsLeft.count
    return "\(record.file), \(record.tensorsTaken) of \(all) tensors, SHA-256 \(record.sha256.prefix(16))…"
  }

  private static func facts(_ summary: RunSummary) -> [(name: String, value: String)] {
    var facts = Facts()
    facts.add("Data", summary.dataset)
    facts.add("Samples seen", HumanFormat.count(summary.samples))
    facts.add(
      "Data set",
      Facts.samples(
        training: summary.trainSamples, validation: summary.validationSamples, test: summary.testSamples))
    if let accuracy = summary.bestValidationAccuracy ?? summary.bestValidationLoss, let step = summary.bestStep {
      let value =
        summary.bestValidationAccuracy == nil ? HumanFormat.number(accuracy) : HumanFormat.percent(accuracy)
      facts.add("Best on validation", "\(value) at step \(HumanFormat.count(step)), whose weights are the result")
    }
    facts.add("Stopped early", summary.stoppedEarlyAtStep.map { "at step " + HumanFormat.count($0) })
    facts.add("Parameters", summary.parameters.map(HumanFormat.count))
    if let batch = summary.batch {
      let parts = [
        summary.shards.map { HumanFormat.plural(HumanFormat.count($0), "shard") },
        summary.microbatch.map { "microbatches of \(HumanFormat.count($0))" },
      ].compactMap { $0 }
      facts.add("Batch", HumanFormat.count(batch) + (parts.isEmpty ? "" : " in " + parts.joined(separator: ", ")))
    }
    facts.add("Seed", summary.seed.map { "\($0)" })
    facts.add("Initial weights", summary.initializedFrom.map(initialWeights))
    facts.add("Started", summary.startedAt.map(HumanFormat.date))
    if let training = summary.trainingSeconds, training > 0 {
      func share(_ seconds: Double?) -> String? {
        seconds.map { "\(HumanFormat.duration($0)), \(HumanFormat.percent($0 / training, decimals: 1)) of the steps" }
      }
      facts.add("Gradients", share(summary.gradientSeconds))
      facts.add("Averages and updates", share(summary.reduceSeconds))
    }
    facts.add("Evaluation", summary.evaluationSeconds.map(HumanFormat.duration))
    facts.add("Saving", summary.savingSeconds.map(HumanFormat.duration))
    facts.add("Peak memory", HumanFormat.bytes(summary.peakMemoryBytes))
    facts.add("Weights SHA-256", summary.weightsSHA256)
    return facts.all
  }

  static func facts(_ machine: MachineRecord, _ summary: RunSummary? = nil) -> [(name: String, value: String)] {
    var facts = Facts()
    facts.add("CPU", machine.cpuModel)
    var cores = "\(machine.cores)"
    if let affinity = machine.affinity, affinity != machine.cores { cores += ", \(affinity) of them usable" }
    if let quota = machine.quota { cores += ", limited to the time of \(HumanFormat.short(quota))" }
    facts.add("Logical CPUs", cores)
    let isRanked = (summary?.ranks ?? 1) > 1
    facts.add("Threads used", summary.map { isRanked ? $0.workersText : "\($0.threads)" })
    facts.add("Hosts", hosts(summary?.rankHosts))
    facts.add("Physical cores", machine.physicalCores.map { "\($0)" })
    facts.add("Packages", machine.packages.map { "\($0)" })
    facts.add("NUMA nodes", machine.numaNodes.map { "\($0)" })
    facts.add("L3 groups", machine.l3Groups.map { "\($0)" })
    facts.add("Memory", machine.memoryBytes.map(HumanFormat.bytes))
    facts.add("Kernels", summary?.kernels ?? machine.kernelFamily)
    let blas = [machine.blasVersion, machine.blasCore.map { "core \($0)" }].compactMap { $0 }
    facts.add("BLAS", blas.isEmpty ? nil : blas.joined(separator: ", "))
    facts.add("System", machine.operatingSystem)
    return facts.all
  }

  /// "a: 2, b: 1": the hosts of a run's ranks, and how many each had.
  private static func hosts(_ names: [String]?) -> String? {
    guard let names, !names.isEmpty else { return nil }
    var counts: [(host: String, ranks: Int)] = []
    for name in names {
      if let index = counts.firstIndex(where: { $0.host == name }) {
        counts[index].ranks += 1
      } else {
        counts.append((name, 1))
      }
    }
    return counts.map { "\($0.host): \(HumanFormat.plural("\($0.ranks)", "rank"))" }.joined(separator: ", ")
  }

  /// What of a run directory is there.
  private static func files(_ folder: URL) -> [(path: String, note: String)] {
    let known = [
      (RunRecord.FileName.summary, "the results, for programs"),
      (RunRecord.FileName.metrics, "every recorded step and evaluation"),
      (RunRecord.FileName.configuration, "the configuration with every default"),
      (RunRecord.FileName.weights, "the trained weights"),
      (RunRecord.FileName.checkpoints, "states to resume from"),
    ]
    return known.filter { FileManager.default.fileExists(atPath: folder.appendingPathComponent($0.0).path) }
      .map { (path: $0.0, note: $0.1) }
  }
}
