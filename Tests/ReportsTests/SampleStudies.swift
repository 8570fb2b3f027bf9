import Charts
import Foundation
import Reports
import Testing

/// Charts as the studies will want them: error bars, log axes, ideal lines, many series, histograms, gaps.
enum SampleStudies {
  static var page: ReportPage {
    var table = TextTable(columns: [
      .init("batch"), .init("steps to target"), .init("seconds", unit: "s"), .init("speedup"), .text("regime"),
    ])
    for (index, batch) in batches.enumerated() {
      table.append([
        HumanFormat.count(Int(batch)), HumanFormat.count(Int(steps(batch))), HumanFormat.number(3 + Double(index)),
        HumanFormat.number(steps(32) / steps(batch)), batch < 500 ? "perfect scaling" : "diminishing returns",
      ])
    }
    return ReportPage(
      title: "Sweep", kicker: "Isotherm sweep · mnist-mlp",
      headline: "On this machine, batch 4096 reaches 97 % 5.1 × sooner than 128; past 8192 nothing is gained.",
      sections: [
        .init("Batch size", [.charts([stepsToTarget, threads, curves, distributions, gaps, empty]), .table(table)])
      ])
  }

  static let batches: [Double] = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]

  static func steps(_ batch: Double) -> Double { 60 * (1 + 900 / batch) }

  /// Shallue's three regimes on two log axes.
  static var stepsToTarget: Chart {
    let points = batches.map { ChartPoint($0, steps($0), low: steps($0) * 0.85, high: steps($0) * 1.2) }
    return Chart(
      "Steps to 97 % test accuracy",
      x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("steps to target", scale: .logarithmic(base: 10)),
      series: [
        .ideal("half the steps", [ChartPoint(32, steps(32)), ChartPoint(2048, steps(32) / 64)]),
        ChartSeries("3 seeds", points, form: .lineAndMarkers),
        ChartSeries("fit", batches.map { ChartPoint($0, steps($0) * 1.04) }, stroke: .dashed, color: .palette(1)),
      ], guides: [.x(900, "critical batch 900")])
  }

  static var threads: Chart {
    let counts = [1.0, 2, 4, 8, 16, 32]
    func speed(_ threads: Double, _ share: Double) -> Double { 17_000 / ((1 - share) + share / threads) }
    return Chart(
      "Throughput against threads", x: ChartAxis("threads", scale: .logarithmic(base: 2)),
      y: ChartAxis("samples a second", includesZero: true),
      series: [.ideal("ideal", counts.map { ChartPoint($0, 17_000 * $0) })]
        + [0.99, 0.95, 0.9].enumerated().map { index, share in
          ChartSeries(
            "B \([64, 1024, 16_384][index])", counts.map { ChartPoint($0, speed($0, share)) }, form: .lineAndMarkers)
        })
  }

  static var curves: Chart {
    let series = (0..<9).map { index in
      ChartSeries(
        "B \(Int(batches[index]))",
        (1...90).map { ChartPoint(Double($0), 0.9 * exp(-Double($0) / Double(8 + index * 4)) + 0.02 * Double(index)) },
        color: .ramp(index, of: 9))
    }
    return Chart(
      "Test error of nine batches", x: ChartAxis("epoch", wholeNumbers: true),
      y: ChartAxis("test error", numbers: .percent, includesZero: true), series: series)
  }

  static var distributions: Chart {
    func bell(_ middle: Double, _ width: Double) -> (edges: [Double], counts: [Double]) {
      let edges = (0...40).map { 0.2 + 0.01 * Double($0) }
      return (edges, edges.dropLast().map { 1000 * exp(-pow(($0 + 0.005 - middle) / width, 2) / 2) })
    }
    let (first, second) = (bell(0.34, 0.03), bell(0.45, 0.05))
    return Chart(
      "Loss at equilibrium", x: ChartAxis("loss"), y: ChartAxis("steps", includesZero: true),
      series: [
        .histogram("η 0.05, B 32", edges: first.edges, counts: first.counts),
        .histogram("η 0.1, B 32", edges: second.edges, counts: second.counts),
      ])
  }

  static var gaps: Chart {
    var points = (0..<400).map { ChartPoint(Double($0), 1 + sin(Double($0) / 30), low: nil, high: nil) }
    for index in 120..<160 { points[index].y = .nan }
    points[140].y = 1.5
    points[250].y = .infinity
    for index in points.indices where points[index].y.isFinite {
      points[index].low = points[index].y - 0.2
      points[index].high = points[index].y + 0.2
    }
    return Chart(
      "A line with gaps and a band", x: ChartAxis("step"), y: ChartAxis("value"),
      series: [ChartSeries("mean", points, spread: .band, color: .palette(2))])
  }

  static var empty: Chart {
    Chart("Nothing yet", x: ChartAxis("step"), y: ChartAxis("loss"), series: [ChartSeries("train", [])])
  }
}

extension Chart: CustomTestStringConvertible {
  /// A failure names the chart; all its points would fill pages.
  public var testDescription: String { title }
}
