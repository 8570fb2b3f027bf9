import Foundation
import Records

/// A scale study that looks like a real one: 1 to 16 threads on 8 cores, five batches.
enum SampleScale {
  static let threads = [1, 2, 4, 8, 16]
  static let batches = [64, 256, 1024, 4096, 16_384]

  static var record: ScaleRecord {
    var record = ScaleRecord(
      name: "resnet20-cifar10", machine: MachineRecord(cores: 8), usableCores: 8)
    record.machine.cpuModel = "Example CPU 9000 & <co>"
    record.isothermVersion = "0.1.0"
    record.startedAt = "2025-06-01T10:15:00Z"
    record.wallSeconds = 190
    record.dataset = "cifar10"
    record.trainSamples = 50_000
    record.parameters = 269_722
    record.flopsPerSample = 247_000_000
    record.secondsPerCell = 6
    record.rounds = 5
    var cells: [ScaleCell] = []
    for batch in batches {
      for count in threads { cells.append(cell(count, batch)) }
    }
    record.cells = cells.compared()
    for index in record.cells.indices where !record.cells[index].exceedsCores {
      let noise = 1 + 0.03 * sin(Double(index) * 1.7)
      record.cells[index].modelStepSeconds = record.cells[index].stepSeconds * (1 + (noise - 1) / 2)
      record.cells[index].heldOutStepSeconds = record.cells[index].stepSeconds * noise
    }
    record.weakScaling = record.cells.weakScaling()
    var model = ScaleModelRecord(
      parameters: ScaleModelRecord.Term.allCases.enumerated().map { index, term in
        let value = index > 4 ? 2e-10 : 4e-5 / Double(index + 1)
        return .init(term: term, seconds: value, low: value * 0.9, high: value * 1.2, isTold: term != .microbatch)
      }, fittedCells: 20, fittedThreads: [1, 2, 4, 8], fittedBatches: batches)
    model.medianHeldOutError = 0.021
    model.worstHeldOutError = 0.06
    record.model = model
    for batch in batches {
      record.predictions += predictions(batch, base: record.cells.first { $0.batch == batch }?.stepSeconds ?? 1)
      record.limits.append(
        ScaleLimit(
          batch: batch, threads: 8, nextThreads: 16, exceedsCores: true, gain: batch < 1000 ? 1.04 : 1.81,
          reason: batch < 1000 ? .shards : .memoryBandwidth, shards: shards(batch)))
    }
    return record
  }

  static func shards(_ batch: Int) -> Int { min(16, batch / 32) }

  static func gradientSeconds(_ threads: Int, _ batch: Int, shards: Int? = nil) -> Double {
    let shards = shards ?? self.shards(batch)
    let busiest = Double((shards + threads - 1) / threads) * Double(batch) / Double(shards)
    return 2e-4 + busiest * 1.2e-3 + (Double(batch) - busiest) * 3e-5
  }

  private static func cell(_ threads: Int, _ batch: Int) -> ScaleCell {
    let gradient = gradientSeconds(min(threads, 8), batch) * (threads > 8 ? 1.15 : 1)
    let reduce = 4e-4 / Double(min(threads, 8)) + 5e-5
    let step = gradient + reduce
    return ScaleCell(
      threads: threads, batch: batch, stepSeconds: step, stepSecondsLow: step * 0.97, stepSecondsHigh: step * 1.06,
      gradientSeconds: gradient, reduceSeconds: reduce, peakMemoryBytes: (180 << 20) + threads * (9 << 20),
      timedSteps: max(3, Int(6 / step)), shards: shards(batch), microbatch: 32,
      busiestSamples: max(32, batch / threads), usableCores: 8)
  }

  private static func predictions(_ batch: Int, base: Double) -> [ScalePrediction] {
    [1, 2, 4, 8, 16, 32, 64, 128, 256].map { threads in
      let gradient = gradientSeconds(threads, batch)
      let reduce = 4e-4 / Double(threads) + 5e-5
      let rate = Double(batch) / (gradient + reduce)
      let isShort = threads > shards(batch)
      let larger = min(batch / 32, threads)
      return ScalePrediction(
        threads: threads, batch: batch, shards: shards(batch), gradientSeconds: gradient, reduceSeconds: reduce,
        samplesPerSecondLow: rate * 0.9, samplesPerSecondHigh: rate * 1.07, speedup: base / (gradient + reduce),
        limit: isShort ? .shards : threads > 4 ? .memoryBandwidth : .nothing,
        moreShards: isShort && larger > shards(batch)
          ? .init(
            shards: larger,
            samplesPerSecond: Double(batch) / (gradientSeconds(threads, batch, shards: larger) + reduce)) : nil)
    }
  }
}
