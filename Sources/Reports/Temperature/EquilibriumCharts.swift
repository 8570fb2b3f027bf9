import Charts
import Records

/// The plots of an equilibrium study.
package enum EquilibriumCharts {
  /// Every plot that the record has data for.
  package static func all(_ record: EquilibriumRecord) -> [Chart] {
    [
      temperatures(record), collapse(record), excess(record), cooling(record), starts(record), reshuffling(record),
      directions(record),
    ].compactMap { $0 }
  }

  /// Loss distributions of up to three temperatures at one batch and momentum.
  package static func temperatures(_ record: EquilibriumRecord) -> Chart? {
    let shown = series(record)
    guard !shown.isEmpty else { return nil }
    return Chart(
      "The loss at \(HumanFormat.plural("\(shown.count)", "temperature"))", x: ChartAxis("training loss"),
      y: ChartAxis("density", includesZero: true),
      series: shown.enumerated().map { index, run in
        let edges = run.histogram.edges
        let all = Double(run.histogram.counts.reduce(0, +))
        let heights = run.histogram.counts.enumerated().map { bin, count in
          Double(count) / (all * max(edges[bin + 1] - edges[bin], 1e-30))
        }
        return .histogram(
          "η \(HumanFormat.short(run.learningRate)), B \(run.batch)", edges: edges, counts: heights,
          color: .palette(index))
      }, guides: [.x(record.minimumLoss, "minimum")])
  }

  /// Distribution functions of all cells that share their temperature index with another, one colour an index.
  package static func collapse(_ record: EquilibriumRecord) -> Chart? {
    let groups = groups(record.runs.filter(\.isStationary)) {
      $0.temperatureIndex / $1.temperatureIndex
    }.filter { $0.count > 1 }
    guard !groups.isEmpty else { return nil }
    var series: [ChartSeries] = []
    for (index, group) in groups.prefix(8).enumerated() {
      for (place, run) in group.enumerated() {
        let name = place == 0 ? "η/(B(1−m)) = \(HumanFormat.short(run.temperatureIndex))" : ""
        let points = run.quantiles.enumerated().map {
          ChartPoint($1 - record.minimumLoss, Double($0) / Double(run.quantiles.count - 1))
        }
        series.append(ChartSeries(name, points, color: .palette(index)))
      }
    }
    return Chart(
      "One curve a temperature, whatever the batch", x: ChartAxis("loss above the minimum"),
      y: ChartAxis("share of the steps below", numbers: .percent, limits: 0...1), series: series)
  }

  /// Mean excess of every cell against its temperature index, with the law of small η.
  package static func excess(_ record: EquilibriumRecord) -> Chart? {
    let runs = record.runs.filter { $0.excessLoss > 0 }
    guard !runs.isEmpty else { return nil }
    let momenta = groups(runs) { ($0.momentum + 1) / ($1.momentum + 1) }
    let ends = [runs.map(\.temperatureIndex).min() ?? 1, runs.map(\.temperatureIndex).max() ?? 1]
    let law = ends.map { ChartPoint($0, $0 * record.covarianceTrace / 4) }
    return Chart(
      "Excess loss against temperature", x: ChartAxis("η/(B(1−m))", scale: .logarithmic(base: 10)),
      y: ChartAxis("loss above the minimum", scale: .logarithmic(base: 10)),
      series: [.law("η·trΣ/(4B(1−m))", law)]
        + momenta.enumerated().map { index, group in
          ChartSeries(
            "m \(HumanFormat.short(group[0].momentum))", group.map(point), form: .markers, color: .palette(index))
        })
  }

  /// Excess against B at the learning rate that has the most batches.
  package static func cooling(_ record: EquilibriumRecord) -> Chart? {
    let best = coolingRuns(record)
    guard best.count > 1 else { return nil }
    let runs = best.sorted { $0.batch < $1.batch }
    return Chart(
      "A larger batch at the same η cools", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("loss above the minimum", scale: .logarithmic(base: 10)),
      series: [
        .law("predicted", runs.map { ChartPoint(Double($0.batch), $0.predictedExcessLoss) }),
        ChartSeries(
          "η \(HumanFormat.short(runs[0].learningRate)), m \(HumanFormat.short(runs[0].momentum))",
          runs.map { run in
            ChartPoint(
              Double(run.batch), run.excessLoss, low: run.excessLoss - 1.96 * run.meanLossError,
              high: run.excessLoss + 1.96 * run.meanLossError)
          }, form: .lineAndMarkers, color: .palette(0)),
      ])
  }

  /// The courses of cold and hot starts.
  package static func starts(_ record: EquilibriumRecord) -> Chart? {
    guard !record.starts.isEmpty else { return nil }
    let shown = record.starts.enumerated().flatMap { index, start in
      [(start.hotTrace, "hot start", ChartSeries.Stroke.solid), (start.coldTrace, "cold start", .faint)].map {
        trace, name, stroke in
        ChartSeries(
          stroke == .solid ? "η \(HumanFormat.short(start.learningRate))" : "",
          trace.map { ChartPoint(Double($0.step), $0.loss - record.minimumLoss, note: name) }, stroke: stroke,
          color: .palette(index))
      }
    }
    return Chart(
      "Hot starts (strong) and cold ones (pale) meet",
      x: ChartAxis("step", range: 0...Double(min(record.steps, 4 * record.starts[0].hotSteps)), wholeNumbers: true),
      y: ChartAxis("loss above the minimum", scale: .logarithmic(base: 10)), series: shown)
  }

  /// One shuffle an epoch against independent draws.
  package static func reshuffling(_ record: EquilibriumRecord) -> Chart? {
    guard !record.reshuffled.isEmpty else { return nil }
    return Chart(
      "One shuffle an epoch is colder", x: ChartAxis("η/(B(1−m))", scale: .logarithmic(base: 10)),
      y: ChartAxis("loss above the minimum", scale: .logarithmic(base: 10)),
      series: [
        ChartSeries(
          "independent draws",
          record.reshuffled.map {
            ChartPoint(
              $0.temperatureIndex, $0.independentExcessLoss, low: $0.independentExcessLoss - 1.96 * $0.independentError,
              high: $0.independentExcessLoss + 1.96 * $0.independentError)
          }, form: .lineAndMarkers, color: .palette(0)),
        ChartSeries(
          "one shuffle an epoch",
          record.reshuffled.map {
            ChartPoint(
              $0.temperatureIndex, $0.excessLoss, low: $0.excessLoss - 1.96 * $0.excessLossError,
              high: $0.excessLoss + 1.96 * $0.excessLossError)
          }, form: .lineAndMarkers, color: .palette(1)),
      ])
  }

  /// T_i of the coldest chain along the Hessian's directions, against what the noise there predicts.
  package static func directions(_ record: EquilibriumRecord) -> Chart? {
    guard let spectrum = record.spectrum, let coldest = record.directions.last else { return nil }
    let kept = spectrum.eigenvalues.indices.filter { spectrum.eigenvalues[$0] > spectrum.flatness }
    guard kept.count > 1, coldest.meanTemperature > 0 else { return nil }
    func points(_ values: [Double]) -> [ChartPoint] {
      kept.map { ChartPoint(spectrum.eigenvalues[$0], values[$0] / coldest.meanTemperature) }
    }
    // Directions that only weight decay bends may be colder by many powers of ten: they leave the plot downwards.
    let shown = kept.flatMap { [coldest.temperatures[$0], coldest.predicted[$0]] }.map { $0 / coldest.meanTemperature }
    let (least, most) = (max(shown.min() ?? 1, 1e-3), max(shown.max() ?? 1, 1))
    return Chart(
      "Temperature along each direction",
      x: ChartAxis("curvature λ_i", scale: .logarithmic(base: 10)),
      y: ChartAxis("T_i over their mean", scale: .logarithmic(base: 10), range: (min(least, 0.9) / 1.3)...(most * 1.3)),
      series: [
        ChartSeries("measured, λ_i·Var_i", points(coldest.temperatures), form: .markers, color: .palette(0)),
        ChartSeries(
          "from the noise there", points(coldest.predicted), stroke: .dashed, color: .palette(1)),
      ], guides: [.y(1, "equipartition")])
  }

  // MARK: Choices

  /// The cells that were also started hot: up to three temperatures of one batch and momentum, hottest first.
  static func series(_ record: EquilibriumRecord) -> [EquilibriumRun] {
    record.starts.compactMap { start in
      record.runs.first {
        $0.batch == start.batch && $0.momentum == start.momentum && $0.learningRate == start.learningRate
      }
    }
  }

  /// The cells of the learning rate and momentum that were run at the most batches.
  static func coolingRuns(_ record: EquilibriumRecord) -> [EquilibriumRun] {
    let byMomentum = groups(record.runs) { ($0.momentum + 1) / ($1.momentum + 1) }
    let all = byMomentum.flatMap { groups($0) { $0.learningRate / $1.learningRate } }
    return all.max { $0.count < $1.count } ?? []
  }

  /// Runs whose ratio is 1 within a thousandth, in the order in which they first occur.
  private static func groups(
    _ runs: [EquilibriumRun], ratio: (EquilibriumRun, EquilibriumRun) -> Double
  ) -> [[EquilibriumRun]] {
    var groups: [[EquilibriumRun]] = []
    for run in runs {
      if let index = groups.firstIndex(where: { abs(ratio($0[0], run) - 1) < 1e-3 }) {
        groups[index].append(run)
      } else {
        groups.append([run])
      }
    }
    return groups
  }

  private static func point(_ run: EquilibriumRun) -> ChartPoint {
    ChartPoint(
      run.temperatureIndex, run.excessLoss, low: run.excessLoss - 1.96 * run.meanLossError,
      high: run.excessLoss + 1.96 * run.meanLossError,
      note: "η \(HumanFormat.short(run.learningRate)), B \(run.batch), m \(HumanFormat.short(run.momentum))")
  }
}
