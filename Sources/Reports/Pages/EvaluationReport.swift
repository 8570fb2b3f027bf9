import Charts
import Foundation
import Records

/// The page of an evaluation.
package enum EvaluationReport {
  /// Makes the page from what was measured.
  package static func page(_ record: EvaluationRecord) -> ReportPage {
    var sections: [ReportPage.Section] = []
    let charts = [scatter(record), errors(record), roc(record), calibration(record), confidence(record)].compactMap(
      \.self)
    if !charts.isEmpty { sections.append(.init("Predictions", [.charts(charts)])) }
    if let matrix = ConfusionMatrix(record.classes) { sections.append(.init("Classes", [.confusion(matrix)])) }
    if let table = record.classTable(200) {
      let isWhole = table.caption == nil
      sections.append(
        .init(
          "Precision, recall and F1",
          [.foldedTable(isWhole ? "Every class in numbers" : "The worst classes in numbers", table)]))
    }
    if let table = record.outputTable { sections.append(.init("Errors", [.table(table)])) }
    return ReportPage(
      title: "Evaluation of \(record.model) – Isotherm", kicker: "Isotherm evaluation · \(record.model)",
      headline: record.headline, tone: record.verdict == nil ? .good : .warning,
      notes: record.verdict.map { [$0] } ?? [],
      figures: figures(record), sections: sections, footer: "Measured on \(record.input).")
  }

  private static func figures(_ record: EvaluationRecord) -> [KeyFigure] {
    var figures: [KeyFigure] = []
    figures.add("Accuracy", record.testAccuracy.map { HumanFormat.percent($0) })
    figures.add("F1, mean of classes", record.macroF1.map { HumanFormat.percent($0) })
    figures.add("ROC-AUC", record.rocAUC.map { HumanFormat.fixed($0, decimals: 4) })
    figures.add("Calibration error", record.calibrationError.map { HumanFormat.percent($0) }, note: "expected, 15 bins")
    if let errors = record.regression {
      figures.add("R²", errors.rSquared.map { HumanFormat.fixed($0, decimals: 4) })
      figures.add("RMSE", HumanFormat.number(errors.rootMeanSquaredError, digits: 4))
      figures.add("MAE", HumanFormat.number(errors.meanAbsoluteError, digits: 4))
    }
    figures.add("Loss", HumanFormat.number(record.testLoss, digits: 4))
    figures.add("Samples", HumanFormat.count(record.testSamples))
    return figures
  }

  private static func scatter(_ record: EvaluationRecord) -> Chart? {
    guard let pairs = record.scatter, pairs.count > 1, let name = record.regression?.outputs.first?.name else {
      return nil
    }
    let targets = pairs.map { $0[0] }
    let (low, high) = (targets.min() ?? 0, targets.max() ?? 1)
    return Chart(
      "Predicted against true", x: ChartAxis("true \(name)"), y: ChartAxis("predicted \(name)"),
      series: [
        .ideal("equal", [ChartPoint(low, low), ChartPoint(high, high)]),
        ChartSeries("samples", pairs.map { ChartPoint($0[0], $0[1]) }, form: .markers, color: .palette(0)),
      ])
  }

  /// How often errors of which size occur.
  private static func errors(_ record: EvaluationRecord) -> Chart? {
    guard let pairs = record.scatter, pairs.count > 1, let name = record.regression?.outputs.first?.name else {
      return nil
    }
    let errors = pairs.map { $0[1] - $0[0] }.filter(\.isFinite)
    let reach = errors.map(abs).max() ?? 0
    guard reach > 0, reach.isFinite else { return nil }
    // About as many bins as the cube root of the samples asks for, and zero in the middle of one.
    let bins = 2 * Int(within: cbrt(Double(errors.count)).rounded(.up)) + 1
    let width = 2 * reach / Double(bins)
    var counts = Array(repeating: 0.0, count: bins)
    for error in errors { counts[min(bins - 1, max(0, Int(within: (error + reach) / width)))] += 1 }
    return Chart(
      "Errors", x: ChartAxis("predicted − true \(name)"), y: ChartAxis("samples", includesZero: true),
      series: [
        .histogram("samples", edges: (0...bins).map { -reach + Double($0) * width }, counts: counts, color: .palette(4))
      ])
  }

  /// How sure the model is, and how often.
  private static func confidence(_ record: EvaluationRecord) -> Chart? {
    guard let bins = record.calibration, let first = bins.first, record.testSamples > 0 else { return nil }
    return Chart(
      "Confidence", x: ChartAxis("confidence", numbers: .percent, range: 0...1),
      y: ChartAxis("samples", includesZero: true),
      series: [
        .histogram(
          "samples", edges: [first.low] + bins.map(\.high), counts: bins.map { Double($0.samples) }, color: .palette(4))
      ])
  }

  private static func roc(_ record: EvaluationRecord) -> Chart? {
    guard let points = record.roc, let area = record.rocAUC else { return nil }
    return Chart(
      "ROC curve", x: ChartAxis("false positives", numbers: .percent, range: 0...1),
      y: ChartAxis("true positives", numbers: .percent, range: 0...1),
      series: [
        .ideal("chance", [ChartPoint(0, 0), ChartPoint(1, 1)]),
        ChartSeries(
          "area \(HumanFormat.fixed(area, decimals: 3))",
          points.map { ChartPoint($0.falsePositives, $0.truePositives) }, color: .palette(1)),
      ])
  }

  private static func calibration(_ record: EvaluationRecord) -> Chart? {
    guard let bins = record.calibration?.filter({ $0.samples > 0 }), !bins.isEmpty else { return nil }
    return Chart(
      "Calibration", x: ChartAxis("confidence", numbers: .percent, range: 0...1),
      y: ChartAxis("share right", numbers: .percent, range: 0...1),
      series: [
        .ideal("calibrated", [ChartPoint(0, 0), ChartPoint(1, 1)]),
        ChartSeries(
          "predictions",
          bins.map {
            ChartPoint($0.confidence, $0.accuracy, note: "\(HumanFormat.count($0.samples)) samples")
          }, form: .lineAndMarkers, color: .palette(2)),
      ])
  }
}
