import Charts
import Records

extension EvaluationRecord {
  /// The result in a sentence.
  package var headline: String {
    let samples = "\(HumanFormat.count(testSamples)) samples"
    if let testAccuracy {
      return
        "Accuracy \(HumanFormat.percent(testAccuracy)), loss \(HumanFormat.number(testLoss, digits: 4)) on \(samples)."
    }
    if let regression {
      let share = regression.rSquared.map { "R² \(HumanFormat.fixed($0, decimals: 4)), " } ?? ""
      return "\(share)RMSE \(HumanFormat.number(regression.rootMeanSquaredError, digits: 4)), MAE "
        + "\(HumanFormat.number(regression.meanAbsoluteError, digits: 4)) on \(samples)."
    }
    return "Loss \(HumanFormat.number(testLoss, digits: 4)) on \(samples)."
  }

  /// What is wrong with the model, if the figures say so.
  package var verdict: String? {
    if let regression, regression.isNoBetterThanMean {
      return "The model is no better than always saying the mean."
    }
    if let testAccuracy, let majorityShare, testAccuracy <= majorityShare, majorityShare < 1 {
      return "The model is no better than always saying the most frequent class, "
        + "\(HumanFormat.percent(majorityShare)) of these samples."
    }
    return nil
  }

  /// What `evaluate` prints.
  package func closingText(style: TerminalStyle = TerminalStyle()) -> String {
    var text =
      style.paint(style.wrapped(style.plain(headline)).joined(separator: "\n"), verdict == nil ? .good : .warning)
      + "\n"
    if let verdict { text += style.paint(style.wrapped(style.plain(verdict)).joined(separator: "\n"), .warning) + "\n" }
    var lines: [(String, String)] = []
    if let top5Accuracy { lines.append(("top 5", HumanFormat.percent(top5Accuracy))) }
    if let macroPrecision, let macroRecall, let macroF1 {
      lines.append(
        (
          "mean of classes",
          "precision \(HumanFormat.percent(macroPrecision)), recall \(HumanFormat.percent(macroRecall)), F1 "
            + HumanFormat.percent(macroF1)
        ))
    }
    if let rocAUC { lines.append(("ROC-AUC", HumanFormat.fixed(rocAUC, decimals: 4))) }
    if let calibrationError { lines.append(("calibration error", HumanFormat.percent(calibrationError))) }
    if let unreadableSamples { lines.append(("skipped", HumanFormat.count(unreadableSamples))) }
    let width = lines.map(\.0.count).max() ?? 0
    for (label, value) in lines {
      text += "  " + style.paint(label, .quiet) + String(repeating: " ", count: width - label.count) + "  \(value)\n"
    }
    if let table = classTable(30) ?? (outputTable.flatMap { $0.rows.count > 1 ? $0 : nil }) {
      text += "\n" + table.render(style)
    }
    return text
  }

  /// A row a class; of many classes, the worst by F1.
  func classTable(_ most: Int) -> TextTable? {
    guard let perClass else { return nil }
    var table = TextTable(columns: [
      .text("class"), .init("samples"), .init("precision", unit: "%"), .init("recall", unit: "%"),
      .init("F1", unit: "%"),
    ])
    var shown = perClass
    if perClass.count > most {
      let rated = perClass.enumerated().filter { $0.element.samples > 0 }
      shown = rated.sorted {
        ($0.element.f1 ?? 0, -$0.element.samples, $0.offset) < ($1.element.f1 ?? 0, -$1.element.samples, $1.offset)
      }.prefix(20).map(\.element)
      table.caption = "The \(shown.count) worst of \(HumanFormat.count(perClass.count)) classes."
    }
    func percent(_ share: Double?) -> String { HumanFormat.optional(share) { HumanFormat.number($0 * 100) } }
    for row in shown {
      table.append([
        row.name, HumanFormat.count(row.samples), percent(row.precision), percent(row.recall), percent(row.f1),
      ])
    }
    return table
  }

  /// A row for each number that is predicted.
  var outputTable: TextTable? {
    guard let regression else { return nil }
    var table = TextTable(columns: [.text("number"), .init("R²"), .init("RMSE"), .init("MAE")])
    for output in regression.outputs {
      table.append([
        output.name, HumanFormat.optional(output.rSquared) { HumanFormat.fixed($0, decimals: 4) },
        HumanFormat.number(output.rootMeanSquaredError, digits: 4),
        HumanFormat.number(output.meanAbsoluteError, digits: 4),
      ])
    }
    return table
  }
}
