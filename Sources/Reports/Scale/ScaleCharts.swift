import Charts
import Records

/// The plots of a scale study.
enum ScaleCharts {
  /// Plots of what was measured.
  static func measured(_ record: ScaleRecord) -> [Chart] {
    guard !record.soloCells.isEmpty else { return [] }
    var charts: [Chart] = []
    if record.threadCounts.count > 1 {
      charts += [throughput(record), speedup(record), efficiency(record)]
    }
    charts += [batches(record), stepTime(record), reduction(record)]
    return charts
  }

  /// Plots of what the model expects, and of how far it was off.
  static func predicted(_ record: ScaleRecord) -> [Chart] {
    guard let smallest = record.batches.first, let largest = record.batches.last, record.model != nil else { return [] }
    let chosen = Set([smallest, record.sufficient?.batch ?? largest, largest]).sorted()
    var charts = chosen.filter { batch in record.predictions.contains { $0.batch == batch } }
      .map { prediction(record, batch: $0) }
    let heldOut = heldOut(record)
    if !heldOut.isEmpty { charts.append(heldOut) }
    return charts
  }

  private static var threadsAxis: ChartAxis { ChartAxis("threads", scale: .logarithmic(base: 2)) }

  private static func cells(_ record: ScaleRecord, batch: Int) -> [ScaleCell] {
    record.soloCells.filter { $0.batch == batch }
  }

  /// One line a batch against threads; darker is smaller.
  private static func lines(_ record: ScaleRecord, _ point: (ScaleCell) -> ChartPoint) -> [ChartSeries] {
    let batches = record.batches
    return batches.enumerated().map { index, batch in
      ChartSeries(
        "B " + HumanFormat.count(batch), cells(record, batch: batch).map(point), form: .lineAndMarkers,
        color: .ramp(index, of: batches.count))
    }
  }

  /// The last thread count with a core each, where more were measured.
  private static func coreGuide(_ record: ScaleRecord) -> [ChartGuide] {
    guard record.soloCells.contains(where: \.exceedsCores), record.soloCells.contains(where: { !$0.exceedsCores })
    else {
      return []
    }
    return [.x(Double(record.usableCores), HumanFormat.plural("\(record.usableCores)", "core") + " here")]
  }

  private static func note(_ cell: ScaleCell) -> String {
    "\(HumanFormat.plural("\(cell.threads)", "thread")), batch \(HumanFormat.count(cell.batch)): "
      + "\(HumanFormat.rate(cell.samplesPerSecond)), speedup \(HumanFormat.number(cell.speedup))"
      + (cell.exceedsCores ? ", threads share cores" : "")
      + (cell.exceedsShards ? ", only \(HumanFormat.plural("\(cell.shards)", "shard"))" : "")
  }

  /// Samples a second with the quartiles of the step.
  private static func throughputPoint(_ cell: ScaleCell, x: Double) -> ChartPoint {
    ChartPoint(
      x, cell.samplesPerSecond, low: Double(cell.batch) / cell.stepSecondsHigh,
      high: Double(cell.batch) / cell.stepSecondsLow, note: note(cell))
  }

  static func throughput(_ record: ScaleRecord) -> Chart {
    var series = lines(record) { throughputPoint($0, x: Double($0.threads)) }
    if let base = record.sufficient.flatMap({ cells(record, batch: $0.batch).first }) {
      let ideal = record.threadCounts.map {
        ChartPoint(Double($0), base.samplesPerSecond * Double($0) / Double(base.threads))
      }
      series.insert(.ideal("ideal", ideal), at: 0)
    }
    return Chart(
      "Throughput against threads", x: threadsAxis,
      y: ChartAxis("samples a second", scale: .logarithmic(base: 10)), series: series, guides: coreGuide(record))
  }

  static func speedup(_ record: ScaleRecord) -> Chart {
    let fewest = record.threadCounts.first ?? 1
    let ideal = record.threadCounts.map { ChartPoint(Double($0), Double($0) / Double(fewest)) }
    return Chart(
      "Speedup at a fixed batch", x: threadsAxis,
      y: ChartAxis("speed against \(HumanFormat.plural("\(fewest)", "thread"))", scale: .logarithmic(base: 2)),
      series: [.ideal("ideal", ideal)] + lines(record) { ChartPoint(Double($0.threads), $0.speedup, note: note($0)) },
      guides: coreGuide(record))
  }

  static func efficiency(_ record: ScaleRecord) -> Chart {
    Chart(
      "Efficiency at a fixed batch", x: threadsAxis,
      y: ChartAxis("speedup ÷ threads", numbers: .percent, includesZero: true),
      series: lines(record) { ChartPoint(Double($0.threads), $0.efficiency, note: note($0)) },
      guides: coreGuide(record) + [.y(1, "ideal")])
  }

  /// The groups with most cells, six at most: a large grid has many diagonals of two.
  static func weakScaling(_ record: ScaleRecord) -> Chart {
    let chosen = record.weakScaling.indices
      .sorted { (-record.weakScaling[$0].points.count, $0) < (-record.weakScaling[$1].points.count, $1) }
      .prefix(6).sorted()
    let groups = chosen.map { record.weakScaling[$0] }
    return Chart(
      "Efficiency where the batch grows", x: threadsAxis,
      y: ChartAxis("samples/s a thread, relative", numbers: .percent, includesZero: true),
      series: groups.enumerated().map { index, group in
        ChartSeries(
          HumanFormat.short(group.samplesPerThread, digits: 6) + " a thread",
          group.points.map {
            ChartPoint(Double($0.threads), $0.efficiency, note: "batch \(HumanFormat.count($0.batch))")
          }, form: .lineAndMarkers, color: .ramp(index, of: groups.count))
      }, guides: coreGuide(record) + [.y(1, "ideal")])
  }

  static func batches(_ record: ScaleRecord) -> Chart {
    Chart(
      "Throughput against the batch", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("samples a second", includesZero: true),
      series: record.threadCounts.map { threads in
        let cells = record.soloCells.filter { $0.threads == threads }
        let shares = cells.allSatisfy(\.exceedsCores) ? ", sharing cores" : ""
        return ChartSeries(
          HumanFormat.plural("\(threads)", "thread") + shares,
          cells.map { throughputPoint($0, x: Double($0.batch)) }, form: .lineAndMarkers)
      })
  }

  /// The fewest threads, and the most with a core each.
  private static func endCounts(_ record: ScaleRecord) -> [Int] {
    let counts = Set(record.honestCells.map(\.threads)).sorted()
    return counts.count > 1 ? [counts[0], counts[counts.count - 1]] : counts
  }

  static func stepTime(_ record: ScaleRecord) -> Chart {
    let series = endCounts(record).enumerated().flatMap { index, threads -> [ChartSeries] in
      let cells = record.soloCells.filter { $0.threads == threads }
      let name = HumanFormat.plural("\(threads)", "thread")
      return [
        ChartSeries(
          "gradients, \(name)", cells.map { ChartPoint(Double($0.batch), $0.gradientSeconds * 1e3) },
          form: .lineAndMarkers, color: .palette(2 * index)),
        ChartSeries(
          "reduction, \(name)", cells.map { ChartPoint(Double($0.batch), $0.reduceSeconds * 1e3) },
          form: .lineAndMarkers, color: .palette(2 * index + 1)),
      ]
    }
    return Chart(
      "Time of a step", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("time", unit: "ms", scale: .logarithmic(base: 10)), series: series)
  }

  static func reduction(_ record: ScaleRecord) -> Chart {
    Chart(
      "Share of reduction and update", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("share of the step", numbers: .percent, limits: 0...1, includesZero: true),
      series: record.threadCounts.map { threads in
        ChartSeries(
          HumanFormat.plural("\(threads)", "thread"),
          record.soloCells.filter { $0.threads == threads }.map {
            ChartPoint(Double($0.batch), $0.reduceSeconds / ($0.gradientSeconds + $0.reduceSeconds), note: note($0))
          }, form: .lineAndMarkers)
      })
  }

  /// Measured cells of one batch, and apart from them what the model expects of more threads.
  static func prediction(_ record: ScaleRecord, batch: Int) -> Chart {
    let measured = cells(record, batch: batch)
    let row = record.predictions.filter { $0.batch == batch }
    var series: [ChartSeries] = []
    if let base = measured.first, let last = row.last {
      let ideal = [base.threads, last.threads].map {
        ChartPoint(Double($0), base.samplesPerSecond * Double($0) / Double(base.threads))
      }
      series.append(.ideal("ideal", ideal))
    }
    let points = row.map {
      ChartPoint(
        Double($0.threads), $0.samplesPerSecond, low: $0.samplesPerSecondLow, high: $0.samplesPerSecondHigh,
        note: "\($0.threads) threads, predicted: \(HumanFormat.rate($0.samplesPerSecond))")
    }
    let shards = row.first.map { ", " + HumanFormat.plural("\($0.shards)", "shard") } ?? ""
    series.append(ChartSeries("predicted\(shards)", points, spread: .band, stroke: .dashed, color: .palette(1)))
    let more = row.compactMap { item in
      item.moreShards.map {
        ChartPoint(
          Double(item.threads), $0.samplesPerSecond,
          note: "\(item.threads) threads, \($0.shards) shards, predicted: \(HumanFormat.rate($0.samplesPerSecond))")
      }
    }
    if !more.isEmpty {
      series.append(ChartSeries("with more shards", more, stroke: .dashed, color: .palette(2)))
    }
    let within = measured.filter { !$0.exceedsCores }
    series.append(
      ChartSeries(
        "measured", within.map { throughputPoint($0, x: Double($0.threads)) }, form: .lineAndMarkers,
        color: .palette(0)))
    let crowded = measured.filter(\.exceedsCores)
    if !crowded.isEmpty {
      series.append(
        ChartSeries(
          "sharing cores", crowded.map { throughputPoint($0, x: Double($0.threads)) }, form: .markers,
          color: .palette(7)))
    }
    return Chart(
      "Predicted for batch \(HumanFormat.count(batch))", x: threadsAxis,
      y: ChartAxis("samples a second", scale: .logarithmic(base: 10)), series: series,
      guides: [.x(Double(record.usableCores), HumanFormat.plural("\(record.usableCores)", "core") + " here")])
  }

  /// How far the model was off at each cell when it was fitted to the others.
  static func heldOut(_ record: ScaleRecord) -> Chart {
    let batches = record.batches
    let series = batches.enumerated().map { index, batch in
      ChartSeries(
        "B " + HumanFormat.count(batch),
        cells(record, batch: batch).compactMap { cell in
          cell.heldOutError.map {
            ChartPoint(
              Double(cell.threads), $0,
              note: "\(note(cell)); predicted from the others: "
                + HumanFormat.duration(cell.heldOutStepSeconds ?? .nan) + ", measured: "
                + HumanFormat.duration(cell.stepSeconds))
          }
        }, form: .markers, color: .ramp(index, of: batches.count))
    }
    return Chart(
      "Error on cells left out of the fit", x: threadsAxis,
      y: ChartAxis("predicted ÷ measured step − 1", numbers: .percent, includesZero: true),
      series: series.filter { !$0.points.isEmpty }, guides: [.y(0, "exact")])
  }
}
