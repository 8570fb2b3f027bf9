import Charts
import Records

/// The plots of several runs in one another's axes.
enum OverlayCharts {
  /// Everything against epochs: errors, losses, learning rate, temperature, noise scale, throughput.
  static func againstEpochs(_ groups: [OverlayGroup]) -> [Chart] {
    let drops = drops(groups.flatMap(\.runs))
    var charts = [error(groups, .epochs, guides: drops)].compactMap { $0 }
    charts.append(trainingLoss(groups, .epochs))
    charts.append(testLoss(groups))
    charts.append(
      curves("Learning rate", groups, y: ChartAxis("learning rate", includesZero: true)) { _, line in
        line.learningRate
      })
    charts.append(
      curves("Temperature", groups, y: ChartAxis("η / (B (1 − m))", includesZero: true)) { _, line in
        line.temperatureIndex
      })
    charts.append(
      curves("Noise scale", groups, y: ChartAxis("trΣ / |G|²", unit: "samples", scale: .logarithmic(base: 10))) {
        _, line in
        line.measuredNoiseScale
      })
    charts.append(throughput(groups))
    return charts.filter { !$0.isEmpty }.map(ended)
  }

  /// Error and loss against what the epochs of these runs do not stand for alike: time, and steps or samples where
  /// their number in an epoch differs.
  static func againstOthers(_ groups: [OverlayGroup]) -> [Chart] {
    let runs = groups.flatMap(\.runs)
    var measures: [OverlayRun.Measure] = [.seconds]
    if differ(runs.compactMap(\.stepsPerEpoch)) { measures.append(.steps) }
    if differ(runs.compactMap(\.samplesPerEpoch)) { measures.append(.samples) }
    return measures.flatMap { measure in
      [error(groups, measure, guides: []), trainingLoss(groups, measure)].compactMap { $0 }
    }.filter { !$0.isEmpty }.map(ended)
  }

  /// The chart with an x axis that ends with its data, and bands that stay where its values can be.
  private static func ended(_ chart: Chart) -> Chart {
    var chart = chart
    let end = chart.series.flatMap { $0.points.map(\.x) }.filter(\.isFinite).max() ?? 0
    if end > 0 { chart.xAxis.range = 0...end }
    let axis = chart.yAxis
    let top = min(axis.range?.upperBound ?? .infinity, axis.limits.upperBound)
    for index in chart.series.indices where chart.series[index].spread == .band {
      for place in chart.series[index].points.indices {
        let point = chart.series[index].points[place]
        // None of these figures is ever below zero, which a logarithmic axis does not have.
        let bottom = axis.range?.lowerBound ?? (axis.scale == .linear ? 0 : point.y / 10)
        chart.series[index].points[place].low = point.low.map { max($0, bottom) }
        chart.series[index].points[place].high = point.high.map { min($0, top) }
      }
    }
    return chart
  }

  /// Thin lines are training error, thick ones test error, as in Goyal et al. 2017, figures 2 to 4; `nil` where there
  /// are no classes.
  static func error(_ groups: [OverlayGroup], _ measure: OverlayRun.Measure, guides: [ChartGuide]) -> Chart? {
    var thin = groups.flatMap { group in
      group.series(ChartSeries("", [], stroke: .thin), measure, showsSeeds: false) { run in
        averages(points(run, run.training, measure) { line in line.trainAccuracy.map { 1 - $0 } }, run)
      }
    }.filter { !$0.points.isEmpty }
    let thick = groups.flatMap { group in
      group.series(ChartSeries("test", [], stroke: .thick), measure) { run in
        points(run, run.evaluations, measure) { line in line.evaluatedAccuracy.map { 1 - $0 } }
      }
    }
    let tests = thick.flatMap { $0.points.map(\.y) }.filter(\.isFinite)
    guard let least = tests.min(), let greatest = tests.max() else { return nil }
    var axis = ChartAxis("error", numbers: .percent, limits: 0...1, includesZero: true)
    if least > 0, least < 0.05, greatest / least >= 8 {
      // The lines of test errors decide about the ends; training error may leave the plot downwards.
      axis = ChartAxis(
        "error", scale: .logarithmic(base: 10), numbers: .percent, range: (least / 1.6)...min(greatest * 1.2, 1))
      for index in thin.indices {
        for point in thin[index].points.indices { thin[index].points[point].y.clamp(from: 1e-6) }
      }
    }
    let title = thin.isEmpty ? "Test error" : "Training error (thin) and test error (thick)"
    return Chart(title + suffix(measure), x: measure.axis, y: axis, series: thin + thick, guides: guides)
  }

  /// Training loss, smoothed.
  static func trainingLoss(_ groups: [OverlayGroup], _ measure: OverlayRun.Measure) -> Chart {
    let series = groups.flatMap { group in
      group.series(ChartSeries("loss", []), measure, smooths: true) { run in
        points(run, run.training, measure) { $0.loss }
      }
    }
    let lines = series.flatMap { $0.points.map(\.y) }
    return Chart(
      "Training loss" + suffix(measure), x: measure.axis, y: RunCharts.lossAxis(lines: lines, raw: lines),
      series: series)
  }

  private static func testLoss(_ groups: [OverlayGroup]) -> Chart {
    let series = groups.flatMap { group in
      group.series(ChartSeries("loss", []), .epochs) { run in
        points(run, run.evaluations, .epochs) { $0.evaluatedLoss }
      }
    }
    let lines = series.flatMap { $0.points.map(\.y) }
    return Chart(
      "Test loss", x: OverlayRun.Measure.epochs.axis, y: RunCharts.lossAxis(lines: lines, raw: lines), series: series)
  }

  private static func throughput(_ groups: [OverlayGroup]) -> Chart {
    let series = groups.flatMap { group in
      group.series(ChartSeries("rate", []), .epochs, smooths: true) { run in
        points(run, run.training, .epochs) { $0.samplesPerSecond }
      }
    }
    return Chart(
      "Throughput", x: OverlayRun.Measure.epochs.axis, y: ChartAxis("samples a second", includesZero: true),
      series: series)
  }

  private static func curves(
    _ title: String, _ groups: [OverlayGroup], y axis: ChartAxis, _ value: (OverlayRun, MetricsLine) -> Double?
  ) -> Chart {
    let series = groups.flatMap { group in
      group.series(ChartSeries("curve", []), .epochs) { run in
        points(run, run.training, .epochs) { value(run, $0) }
      }
    }
    return Chart(title, x: OverlayRun.Measure.epochs.axis, y: axis, series: series)
  }

  private static func points(
    _ run: OverlayRun, _ lines: [MetricsLine], _ measure: OverlayRun.Measure, _ value: (MetricsLine) -> Double?
  ) -> [ChartPoint] {
    zip(run.places(lines, measure), lines).compactMap { place, line in value(line).map { ChartPoint(place, $0) } }
  }

  /// Means over each epoch where there are enough of them, else a smoother line.
  private static func averages(_ raw: [ChartPoint], _ run: OverlayRun) -> [ChartPoint] {
    let lines = run.training.filter { $0.trainAccuracy != nil }
    guard let last = lines.last, last.epoch >= 8, Double(lines.count) >= 2 * last.epoch, lines.count == raw.count
    else { return RunCharts.smooth(raw).points }
    var means: [ChartPoint] = []
    var sum = 0.0
    var count = 0
    for (index, point) in raw.enumerated() {
      sum += point.y
      count += 1
      let epoch = (lines[index].epoch - 1e-9).rounded(.down)
      let next = index + 1 < lines.count ? (lines[index + 1].epoch - 1e-9).rounded(.down) : .infinity
      guard next > epoch else { continue }
      means.append(ChartPoint(point.x, sum / Double(count)))
      (sum, count) = (0, 0)
    }
    return means
  }

  /// Where the learning rate falls at once, from one level to another: once for all runs that share the place.
  static func drops(_ runs: [OverlayRun]) -> [ChartGuide] {
    var guides: [ChartGuide] = []
    for run in runs {
      let rates = run.training.compactMap { line in line.learningRate.map { (line.epoch, $0) } }
      guard rates.count >= 4 else { continue }
      for index in 2..<(rates.count - 1) {
        let (before, after) = (rates[index - 1].1, rates[index].1)
        guard before == rates[index - 2].1, after == rates[index + 1].1, after > 0, after <= 0.75 * before else {
          continue
        }
        let guide = ChartGuide.x(rates[index - 1].0, "η ÷ \(HumanFormat.short(before / after, digits: 2))")
        if !guides.contains(where: { $0.label == guide.label && abs($0.value - guide.value) < 0.5 }) {
          guides.append(guide)
        }
      }
    }
    // Runs with schedules of their own would cover the plot with lines.
    return guides.count <= 5 ? guides : []
  }

  private static func suffix(_ measure: OverlayRun.Measure) -> String {
    switch measure {
    case .epochs: ""
    case .steps: " against steps"
    case .samples: " against samples"
    case .seconds: " against time"
    }
  }

  private static func differ(_ values: [Double]) -> Bool {
    guard let least = values.min(), let greatest = values.max() else { return false }
    return greatest > 1.02 * least
  }
}

extension Double {
  fileprivate mutating func clamp(from least: Double) { self = Swift.max(self, least) }
}
