import Charts
import Foundation
import Records

/// The plots of one run.
package enum RunCharts {
  /// R² of each evaluation; `nil` if the run predicts no numbers.
  package static func rSquared(_ record: RunRecord) -> Chart? {
    let shares = points(record, record.metrics.evaluations) { $0.rSquared }
    guard !shares.isEmpty else { return nil }
    let set = record.metrics.evaluatedSet
    return Chart(
      "R²", x: xAxis(record), y: ChartAxis("R² on the \(set) set", includesZero: true),
      series: [ChartSeries("R²", shares, form: .lineAndMarkers, color: .palette(1))], guides: marks(record))
  }

  /// Loss, accuracy, learning rate and throughput; a regression has R² in place of accuracy. What stays the same over the
  /// whole run is no chart (``constants(_:)``).
  package static func all(_ record: RunRecord) -> [Chart] {
    let constant = Set(constants(record).map(\.name))
    return [
      loss(record), accuracy(record), rSquared(record), learningRate(record), temperature(record), noiseScale(record),
      batch(record), density(record), throughput(record),
    ].compactMap { $0 }.filter { !constant.contains($0.title) }
  }

  /// What was the same in all recorded steps, in words.
  static func constants(_ record: RunRecord) -> [(name: String, value: String)] {
    [learningRate(record), temperature(record)].compactMap { chart in
      guard let chart, let values = chart.series.first?.points.map(\.y), let first = values.first, values.count > 1,
        values.allSatisfy({ $0 == first })
      else { return nil }
      return (chart.title, HumanFormat.short(first) + " in every step")
    }
  }

  /// Training loss, as measured and smoothed, and test loss.
  package static func loss(_ record: RunRecord) -> Chart {
    let training = record.metrics.training
    let raw = points(record, training) { $0.loss }
    let (smoothed, window) = smooth(raw)
    let test = points(record, record.metrics.evaluations) { $0.evaluatedLoss }
    let set = record.metrics.evaluatedSet
    var series: [ChartSeries] = []
    if window > 1 {
      series.append(ChartSeries("each step", raw, stroke: .faint, color: .palette(0)))
      series.append(ChartSeries("train", smoothed, color: .palette(0)))
    } else {
      series.append(ChartSeries("train", raw, color: .palette(0)))
    }
    if !test.isEmpty {
      series.append(ChartSeries(set, test, form: test.count > 1 ? .lineAndMarkers : .markers, color: .palette(1)))
    }
    let lines = smoothed.map(\.y) + test.map(\.y)
    var guides = marks(record) + warmupMark(record)
    if let goal = record.summary?.target?.testLoss { guides.append(.y(goal, "target")) }
    var chart = Chart(
      "Loss", x: xAxis(record), y: lossAxis(lines: lines, raw: raw.map(\.y)), series: series, guides: guides)
    chart.remark = window > 1 ? "train: mean of \(window) steps" : nil
    return chart
  }

  /// Test accuracy; `nil` if the run has none.
  package static func accuracy(_ record: RunRecord) -> Chart? {
    let test = points(record, record.metrics.evaluations) { $0.evaluatedAccuracy }
    let set = record.metrics.evaluatedSet
    // A run without any evaluation yet may still be one of classes.
    guard !test.isEmpty || record.metrics.evaluations.isEmpty else { return nil }
    var guides = marks(record)
    if let goal = record.summary?.target?.testAccuracy {
      guides.append(.y(goal, "target \(HumanFormat.short(goal * 100, digits: 4)) %"))
    }
    // Of a batch at a time, so that only its mean over steps is to be compared.
    let (training, window) = smooth(points(record, record.metrics.training) { $0.trainAccuracy })
    var series: [ChartSeries] = []
    if !training.isEmpty {
      series.append(ChartSeries("train", training, color: .palette(0)))
    }
    series.append(ChartSeries(set, test, form: .lineAndMarkers, color: .palette(1)))
    if test.count > 2, let best = test.max(by: { $0.y < $1.y }) {
      series.append(ChartSeries("best \(HumanFormat.percent(best.y))", [best], form: .markers, color: .palette(3)))
    }
    var chart = Chart(
      "\(set.capitalized) accuracy", x: xAxis(record),
      y: ChartAxis(
        "\(set) accuracy", numbers: .percent, range: accuracyRange(training, test), limits: 0...1), series: series,
      guides: guides)
    chart.remark = window > 1 && !training.isEmpty ? "train: mean of \(window) steps" : nil
    return chart
  }

  /// What the test has had, and training after the first tenth of the run, in which it may leave the plot downwards.
  private static func accuracyRange(_ training: [ChartPoint], _ test: [ChartPoint]) -> ClosedRange<Double>? {
    guard let end = training.last?.x, !test.isEmpty else { return nil }
    let shown = training.filter { $0.x >= end / 10 } + test
    let axis = ChartAxis("", numbers: .percent, limits: 0...1)
    return axis.ends(of: shown.map(\.y))
  }

  /// The learning rate that each step used.
  package static func learningRate(_ record: RunRecord) -> Chart {
    let rates = points(record, record.metrics.training) { $0.learningRate }
    return Chart(
      "Learning rate", x: xAxis(record), y: ChartAxis("learning rate", includesZero: true),
      series: [ChartSeries("learning rate", rates, color: .palette(2))], guides: marks(record) + warmupMark(record))
  }

  /// SGD's temperature up to the gradient's noise; `nil` for other optimizers.
  package static func temperature(_ record: RunRecord) -> Chart? {
    let indices = points(record, record.metrics.training) { $0.temperatureIndex }
    guard !indices.isEmpty else { return nil }
    return Chart(
      "Temperature index", x: xAxis(record), y: ChartAxis("η ÷ (B(1 − m))", includesZero: true),
      series: [ChartSeries("temperature index", indices, color: .palette(5))], guides: marks(record))
  }

  /// The gradient's noise scale with its interval, and a gap where it was infinite; `nil` for a run that did not measure
  /// it.
  package static func noiseScale(_ record: RunRecord) -> Chart? {
    let usesEpochs = usesEpochs(record)
    let scales = record.metrics.training.compactMap { line -> ChartPoint? in
      guard let value = line.measuredNoiseScale else { return nil }
      var point = ChartPoint(usesEpochs ? line.epoch : Double(line.step), value)
      if let low = line.noiseScaleLow, let high = line.noiseScaleHigh, low > 0, high.isFinite {
        (point.low, point.high) = (low, high)
      }
      return point
    }
    guard scales.contains(where: { $0.y.isFinite && $0.y > 0 }) else { return nil }
    var guides = marks(record)
    if let batch = record.summary?.batch { guides.append(.y(Double(batch), "batch")) }
    return Chart(
      "Gradient noise scale", x: xAxis(record), y: ChartAxis("samples", scale: .logarithmic(base: 10)),
      series: [ChartSeries("noise scale, 95 %", scales, spread: .band, color: .palette(4))], guides: guides)
  }

  /// The batch, where it changes on the way.
  package static func batch(_ record: RunRecord) -> Chart? {
    let sizes = points(record, record.metrics.training) { $0.batch.map(Double.init) }
    guard !sizes.isEmpty else { return nil }
    return Chart(
      "Batch", x: xAxis(record), y: ChartAxis("samples a step", includesZero: true),
      series: [ChartSeries("batch", sizes, form: .steps, color: .palette(6))], guides: marks(record))
  }

  /// What is not zero of what dense layers multiply; `nil` for a run without layers that skip zeros.
  package static func density(_ record: RunRecord) -> Chart? {
    let lines = record.metrics.evaluations.filter { $0.density != nil }
    let names = Set(lines.flatMap { $0.density.map { Array($0.keys) } ?? [] }).sorted {
      $0.compare($1, options: .numeric) == .orderedAscending
    }
    guard lines.count > 1, !names.isEmpty, names.count <= mostDensities else { return nil }
    let series = names.enumerated().map { index, name in
      ChartSeries(
        "layer " + name.replacing(".", with: ", "), points(record, lines) { $0.density?[name] }, form: .lineAndMarkers,
        stroke: name.hasSuffix(".gradient") ? .thin : .solid, color: .palette(index / 2))
    }
    return Chart(
      "Numbers that are not zero", x: xAxis(record), y: ChartAxis("share", numbers: .percent, limits: 0...1),
      series: series, guides: marks(record))
  }

  /// Lines that a plot of densities still tells apart.
  private static let mostDensities = 12

  /// Training samples a second.
  package static func throughput(_ record: RunRecord) -> Chart {
    let raw = points(record, record.metrics.training) { $0.samplesPerSecond }
    let (smoothed, window) = smooth(raw)
    var series = [ChartSeries(window > 1 ? "mean of \(window)" : "throughput", smoothed, color: .palette(3))]
    if window > 1 {
      series.insert(ChartSeries("each step", raw, stroke: .faint, color: .palette(3)), at: 0)
    }
    return Chart(
      "Throughput", x: xAxis(record), y: ChartAxis("samples a second", includesZero: true), series: series)
  }

  /// A log axis where the loss falls far, else a linear one from 0.
  static func lossAxis(lines: [Double], raw: [Double]) -> ChartAxis {
    let finite = lines.filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max(), least > 0, greatest / least >= 20 else {
      return ChartAxis("loss", includesZero: true)
    }
    // Single batches near the end may be all but perfect: they may leave the plot downwards, the lines may not.
    let top = max(raw.filter(\.isFinite).max() ?? greatest, greatest)
    return ChartAxis("loss", scale: .logarithmic(base: 10), range: (least / 2.5)...(top * 1.2))
  }

  static func smooth(_ raw: [ChartPoint]) -> (points: [ChartPoint], window: Int) {
    let window = Smoothing.window(for: raw.count)
    guard window > 1 else { return (raw, 1) }
    let means = Smoothing.centredMean(raw.map(\.y), window: window)
    return (zip(raw, means).map { ChartPoint($0.x, $1) }, window)
  }

  /// Epochs, or steps where the run is not longer than one epoch.
  private static func usesEpochs(_ record: RunRecord) -> Bool { (record.metrics.lines.last?.epoch ?? 0) > 1 }

  private static func xAxis(_ record: RunRecord) -> ChartAxis {
    // All plots of a run share their x axis, so that what happens at once stands at the same place.
    guard let last = record.metrics.lines.last, last.step > 0 else { return ChartAxis("step") }
    return usesEpochs(record)
      ? ChartAxis("epoch", range: 0...last.epoch, wholeNumbers: last.epoch >= 4)
      : ChartAxis("step", range: 0...Double(last.step), wholeNumbers: true)
  }

  private static func points(
    _ record: RunRecord, _ lines: [MetricsLine], _ value: (MetricsLine) -> Double?
  ) -> [ChartPoint] {
    let usesEpochs = usesEpochs(record)
    return lines.compactMap { line in
      value(line).map { ChartPoint(usesEpochs ? line.epoch : Double(line.step), $0, note: note(line)) }
    }
  }

  private static func note(_ line: MetricsLine) -> String? {
    guard line.isEvaluation else { return nil }
    let set = line.isValidation ? "validation" : "test"
    let accuracy = line.evaluatedAccuracy.map { ", \(set) accuracy \(HumanFormat.percent($0))" } ?? ""
    let loss = line.evaluatedLoss.map { ", \(set) loss \(HumanFormat.number($0))" } ?? ""
    return "epoch \(HumanFormat.short(line.epoch, digits: 4)), step \(HumanFormat.count(line.step))\(accuracy)\(loss)"
  }

  /// Where the run diverged or went on after a stop.
  private static func marks(_ record: RunRecord) -> [ChartGuide] {
    var guides: [ChartGuide] = []
    if let step = record.summary?.divergence?.step, let x = place(record, ofStep: step) {
      guides.append(.x(x, "diverged"))
    }
    if let step = record.summary?.resumedFromStep, step > 0, let x = place(record, ofStep: step) {
      guides.append(.x(x, "resumed"))
    }
    return guides
  }

  /// Where warmup ends.
  private static func warmupMark(_ record: RunRecord) -> [ChartGuide] {
    guard let steps = record.summary?.warmupSteps, steps > 0, let x = place(record, ofStep: steps) else { return [] }
    return [.x(x, "end of warmup")]
  }

  /// A step's place on the x axis.
  private static func place(_ record: RunRecord, ofStep step: Int) -> Double? {
    guard usesEpochs(record) else { return Double(step) }
    // Between the two lines around the step: where the batch changes, epochs are no multiple of steps.
    var before = (step: 0.0, epoch: 0.0)
    for line in record.metrics.lines {
      let after = (step: Double(line.step), epoch: line.epoch)
      if line.step >= step {
        guard after.step > before.step else { return after.epoch }
        return before.epoch + (after.epoch - before.epoch) * (Double(step) - before.step) / (after.step - before.step)
      }
      before = after
    }
    return before.step > 0 ? Double(step) * before.epoch / before.step : nil
  }
}
