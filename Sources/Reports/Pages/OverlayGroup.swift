import Charts
import Records
import Statistics

/// Runs that differ in nothing but their seed, or one run alone: what has one colour, and for seeds one band.
struct OverlayGroup {
  /// Names the mean of seeds, or the run, in keys.
  var label: String
  /// Names the runs one by one.
  var runsLabel: String
  /// In the order of the page.
  var runs: [OverlayRun]

  /// Whether there are several seeds.
  var hasSeeds: Bool { runs.count > 1 }
  var color: ChartSeries.Color { runs[0].color }

  /// From so many seeds on a band is drawn: the interval of two is nine deviations wide to either side.
  static let fewestForBand = 3

  /// Which runs belong together: for each its group's number, in the order of their first runs.
  ///
  /// - Parameter names: of the groups, where somebody knows them: a name for each run. Left out, configs tell.
  static func numbers(
    _ records: [RunRecord], _ configurations: [ConfigurationValues?], names: [String]?
  ) -> [Int] {
    var keys: [[String: String]?] = []
    var seeds: [Set<String>] = []
    return records.indices.map { index in
      let values = configurations[index]?.values
      let seed = values?["seed"] ?? ""
      var key = values?.filter { !["seed", "name", "threads"].contains($0.key) }
      if let names { key = ["name": names[index]] }
      // The same seed twice is no sample of seeds.
      if let key, let group = keys.indices.first(where: { keys[$0] == key && !seeds[$0].contains(seed) }) {
        seeds[group].insert(seed)
        return group
      }
      keys.append(key)
      seeds.append([seed])
      return keys.count - 1
    }
  }

  /// The runs of a page by group.
  static func all(_ runs: [OverlayRun], names: [String]?) -> [OverlayGroup] {
    let numbers = Set(runs.map(\.group)).sorted()
    let groups = numbers.map { number in runs.filter { $0.group == number } }
    let firsts = groups.map { $0[0] }
    let own =
      names.map { names in firsts.map { run in names[runs.firstIndex { $0.label == run.label } ?? 0] } }
      ?? OverlayRun.labels(firsts.map(\.record), firsts.map(\.configuration), besides: ["seed"])
    return zip(groups, own).map { runs, name in
      guard runs.count > 1 else { return OverlayGroup(label: runs[0].label, runsLabel: runs[0].label, runs: runs) }
      let (start, seeds) = (groups.count == 1 ? "" : name + ", ", "\(runs.count) seeds")
      return OverlayGroup(label: start + "mean of " + seeds, runsLabel: start + seeds, runs: runs)
    }
  }

  /// Lines of the runs: each alone as `style` has it, seeds thin, with their mean and the 95 % interval of it.
  ///
  /// - Parameters:
  ///   - showsSeeds: whether the seeds' own lines are drawn beside their mean.
  ///   - points: of a run; seeds are joined where all that did not diverge have a point at the same place.
  func series(
    _ style: ChartSeries, _ measure: OverlayRun.Measure, smooths: Bool = false, showsSeeds: Bool = true,
    _ points: (OverlayRun) -> [ChartPoint]
  ) -> [ChartSeries] {
    func line(_ name: String, _ points: [ChartPoint], _ stroke: ChartSeries.Stroke) -> ChartSeries {
      var series = style
      (series.name, series.color, series.stroke) = (name, color, stroke)
      series.points = smooths ? RunCharts.smooth(points).points : points
      if style.form == .line, points.count <= 1 { series.form = .markers }
      return series
    }
    let label = style.name.isEmpty ? "" : label
    guard hasSeeds else { return [line(label, points(runs[0]), style.stroke)] }
    // Times differ from run to run, so that there is no place at which all have a point.
    guard measure != .seconds else {
      return runs.enumerated().map { line($0 == 0 && !label.isEmpty ? runsLabel : "", points($1), style.stroke) }
    }
    let faint = runs.map { line("", points($0), .faint) }
    var mean = line(label, [], style.stroke)
    (mean.points, mean.form, mean.spread) = (Self.mean(of: sound(faint)), style.form, .band)
    return (showsSeeds ? faint : []) + [mean]
  }

  /// Lines of runs that did not diverge; of all, if all did.
  private func sound(_ lines: [ChartSeries]) -> [[ChartPoint]] {
    let sound = zip(runs, lines).filter { !$0.0.hasDiverged }.map(\.1.points)
    return sound.isEmpty ? lines.map(\.points) : sound
  }

  /// The mean at every place where all lines have a value, with its interval.
  static func mean(of lines: [[ChartPoint]]) -> [ChartPoint] {
    guard let first = lines.first else { return [] }
    let others = lines.dropFirst().map { line in
      Dictionary(line.map { ($0.x, $0.y) }, uniquingKeysWith: { $1 })
    }
    return first.compactMap { point in
      let values = [point.y] + others.compactMap { $0[point.x] }
      guard values.count == lines.count, let interval = MeanInterval(values) else { return nil }
      guard lines.count >= fewestForBand else { return ChartPoint(point.x, interval.mean) }
      return ChartPoint(point.x, interval.mean, low: interval.low, high: interval.high)
    }
  }
}
