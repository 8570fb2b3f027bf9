import Charts
import Foundation
import Records

/// One run among others: what its lines and rows are called, and its course against several measures.
struct OverlayRun {
  /// Names the run in keys and tables; no other run of the page has the same.
  var label: String
  var record: RunRecord
  var configuration: ConfigurationValues?
  var color: ChartSeries.Color
  /// Runs of one number differ in nothing but their seed (``OverlayGroup``).
  var group: Int

  /// What a curve may be drawn against.
  enum Measure: CaseIterable {
    case epochs, steps, samples, seconds

    var axis: ChartAxis {
      switch self {
      case .epochs: ChartAxis("epoch", includesZero: true)
      case .steps: ChartAxis("step", includesZero: true)
      case .samples: ChartAxis("training samples seen", includesZero: true)
      case .seconds: ChartAxis("time in steps", unit: "s", includesZero: true)
      }
    }
  }

  /// Runs with a label each, and a colour for those that belong together.
  ///
  /// - Parameter names: of the groups, a name for each run; left out, configs tell which runs differ in their seed alone.
  static func all(_ records: [RunRecord], names: [String]? = nil) -> [OverlayRun] {
    let configurations = records.map { $0.configuration.flatMap(ConfigurationValues.init) }
    let groups = OverlayGroup.numbers(records, configurations, names: names)
    let count = Set(groups).count
    let labels =
      names.map { names in
        records.indices.map { "\(names[$0]), seed \(configurations[$0]?.values["seed"] ?? "\($0)")" }
      } ?? labels(records, configurations)
    return records.indices.map { index in
      OverlayRun(
        label: labels[index], record: records[index], configuration: configurations[index],
        color: count <= ChartTheme.paletteCount ? .palette(groups[index]) : .ramp(groups[index], of: count),
        group: groups[index])
    }
  }

  // MARK: Course

  var training: [MetricsLine] { record.metrics.training }
  var evaluations: [MetricsLine] { record.metrics.evaluations }

  /// Training samples of an epoch, the dropped last batch left out; `nil` if the records do not tell.
  var samplesPerEpoch: Double? {
    if let summary = record.summary, summary.epochs > 0 { return Double(summary.samples) / summary.epochs }
    guard let batch = configuration?.number("batch.size"), let last = training.last, last.epoch > 0 else { return nil }
    return batch * Double(last.step) / last.epoch
  }

  /// Steps of an epoch; `nil` before the first.
  var stepsPerEpoch: Double? {
    training.last.flatMap { $0.epoch > 0 ? Double($0.step) / $0.epoch : nil }
  }

  /// Where lines stand on the axis of a measure; a line whose place is unknown has NaN.
  func places(_ lines: [MetricsLine], _ measure: Measure) -> [Double] {
    switch measure {
    case .epochs: return lines.map(\.epoch)
    case .steps: return lines.map { Double($0.step) }
    case .samples: return lines.map { $0.epoch * (samplesPerEpoch ?? .nan) }
    case .seconds:
      let (steps, seconds) = clock
      var index = 0
      return lines.map { line in
        while index < steps.count, steps[index] < line.step { index += 1 }
        return index < steps.count ? seconds[index] : .nan
      }
    }
  }

  /// Seconds in steps up to each training line, from its throughput: evaluation and saving are left out.
  private var clock: (steps: [Int], seconds: [Double]) {
    let lines = training
    let samplesPerEpoch = samplesPerEpoch ?? .nan
    var (seconds, epoch) = (0.0, 0.0)
    var sums: [Double] = []
    for line in lines {
      if let rate = line.samplesPerSecond, rate > 0 { seconds += (line.epoch - epoch) * samplesPerEpoch / rate }
      epoch = line.epoch
      sums.append(seconds)
    }
    return (lines.map(\.step), sums)
  }

  // MARK: Results

  /// Share of the test set that is right at the end, or at the last evaluation.
  var testAccuracy: Double? { record.summary?.testAccuracy ?? evaluations.last?.evaluatedAccuracy }
  /// Test loss at the end, or at the last evaluation.
  var testLoss: Double? { record.summary?.testLoss ?? evaluations.last?.evaluatedLoss }
  /// Epochs done.
  var epochs: Double? { record.summary?.epochs ?? training.last?.epoch }
  /// Greatest test accuracy of any evaluation.
  var bestAccuracy: Double? { evaluations.compactMap(\.evaluatedAccuracy).max() ?? testAccuracy }
  var hasDiverged: Bool { record.summary?.outcome == .diverged }

  /// Seconds in steps until an evaluation found this accuracy; `nil` if none did.
  func seconds(toAccuracy level: Double) -> Double? {
    let lines = evaluations
    guard let index = lines.firstIndex(where: { $0.evaluatedAccuracy ?? 0 >= level }) else { return nil }
    let place = places([lines[index]], .seconds)[0]
    return place.isFinite ? place : nil
  }

  // MARK: Names

  /// A name for each run that no other has: the run's, else what its config has of its own, else its directory.
  ///
  /// - Parameter others: keys that tell nobody anything here.
  static func labels(
    _ records: [RunRecord], _ configurations: [ConfigurationValues?], besides others: [String] = []
  ) -> [String] {
    let names = records.map(\.name)
    let keys = ConfigurationValues.differences(configurations).filter { !(["name", "threads"] + others).contains($0) }
    let areOneName = Set(names).count == 1
    var choices = [names]
    if (1...2).contains(keys.count), configurations.allSatisfy({ $0 != nil }) {
      choices.append(
        zip(names, configurations).map { name, configuration in
          let settings = keys.map { "\($0) \(configuration?.values[$0] ?? "none")" }.joined(separator: ", ")
          return areOneName ? settings : "\(name), \(settings)"
        })
    }
    choices.append(records.map(\.folder.lastPathComponent))
    choices.append(records.map(\.folder.standardizedFileURL.path))
    for choice in choices {
      let short = choice.map(shortened)
      if Set(short).count == short.count { return short }
    }
    return records.indices.map { "\($0 + 1): \(shortened(names[$0]))" }
  }

  /// At most 34 characters, cut in the middle: both ends of a name tell runs apart.
  private static func shortened(_ label: String) -> String {
    label.count <= 34 ? label : label.prefix(18) + "…" + label.suffix(15)
  }
}
