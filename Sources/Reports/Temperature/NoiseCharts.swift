import Charts
import Foundation
import Records

/// The plots of a noise study.
enum NoiseCharts {
  /// Steps and samples to the same progress against the batch (McCandlish et al. 2018, eq. 2.11).
  static func steps(_ record: NoiseRecord) -> Chart {
    let batches = batches(record)
    return Chart(
      "Cost against the batch", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("times the least", scale: .logarithmic(base: 2)),
      series: [
        ChartSeries("steps", batches.map { ChartPoint($0, 1 + record.noiseScale / $0) }, color: .palette(0)),
        ChartSeries("samples", batches.map { ChartPoint($0, 1 + $0 / record.noiseScale) }, color: .palette(1)),
      ], guides: [.x(record.noiseScale, "B_noise"), .x(Double(record.batch), "config")])
  }

  static func rate(_ record: NoiseRecord) -> Chart {
    let batches = batches(record)
    let largest = record.recommendation?.largestLearningRate ?? record.learningRate
    let exponent = record.recommendation?.exponent ?? 1
    let ideal = batches.map { ChartPoint($0, record.learningRate * pow($0 / Double(record.batch), exponent)) }
    return Chart(
      "Learning rate against the batch", x: ChartAxis("batch", unit: "samples", scale: .logarithmic(base: 2)),
      y: ChartAxis("learning rate", scale: .logarithmic(base: 10)),
      series: [
        .ideal(exponent == 1 ? "linear scaling" : "square-root scaling", ideal),
        ChartSeries(
          exponent == 1 ? "η_max/(1 + B_noise/B)" : "η_max/√(1 + B_noise/B)",
          batches.map { ChartPoint($0, largest / pow(1 + record.noiseScale / $0, exponent)) }, color: .palette(0)),
      ], guides: [.x(record.noiseScale, "B_noise"), .x(Double(record.batch), "config")])
  }

  /// Powers of two around the noise scale and the config's batch.
  private static func batches(_ record: NoiseRecord) -> [Double] {
    let low = max(1, min(record.noiseScale, Double(record.batch)) / 16)
    let high = max(record.noiseScale, Double(record.batch)) * 16
    var batches = [low]
    while let last = batches.last, last < high { batches.append(last * 1.5) }
    return batches
  }
}
