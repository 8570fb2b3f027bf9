import Foundation
import Records

/// Records that look like those of real sweeps, the same every time.
enum SampleSweeps {
  static let allBatches = [32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384]

  /// Ten batches, three seeds, two multiples of the rate: S = 60 (1 + 900/B), noise scale 700; one cell diverged.
  static func batches() -> SweepRecord {
    var record = empty(
      SweepGrid(
        batches: allBatches, seeds: [1, 2, 3], learningRates: [0.5, 1], scalings: ["linear"], warmups: ["gradual"],
        target: TargetRecord(testAccuracy: 0.97), epochs: 40))
    let rule = record.grid.rules[0]
    for batch in allBatches {
      for multiple in [0.5, 1] {
        for seed in 1...3 {
          let cell = SweepCell(batch: batch, learningRate: multiple, seed: UInt64(seed), rule: rule)
          let factor = [0.92, 1, 1.1][seed - 1] * (multiple == 1 ? 1 : 1.5)
          let isLost = multiple == 1 && seed == 3 && batch == 16_384
          record.points.append(point(cell, steps: isLost ? nil : 60 * (1 + 900 / Double(batch)) * factor))
        }
      }
    }
    let rows = allBatches.map { summary(batch: $0, rule: rule, in: record) }
    record.fit = SweepFit(
      minimumSteps: 60, criticalBatch: 900, criticalBatchLow: 760, criticalBatchHigh: 1070, deviation: 0.07, points: 30)
    record.speedup = rows.compactMap { row in
      guard let steps = row.steps, let seconds = row.seconds, let first = rows.first else { return nil }
      let (inSteps, inTime) = (first.steps!.median / steps.median, first.seconds!.median / seconds.median)
      return SweepSpeedup(
        batch: row.batch, steps: inSteps, seconds: inTime, stepsRange: (inSteps * 0.9)...(inSteps * 1.1),
        secondsRange: (inTime * 0.85)...(inTime * 1.15))
    }
    record.rules = [SweepRuleRecord(rule, batches: rows, fit: record.fit, speedup: record.speedup)]
    return record
  }

  /// Three warmups at three batches, trained to the end, as in Goyal's table 1.
  static func rules() -> SweepRecord {
    var record = empty(
      SweepGrid(
        batches: [256, 1024, 8192], seeds: [1, 2, 3], scalings: ["linear"], warmups: ["gradual", "constant", "none"],
        target: nil, toTheEnd: true, epochs: 20))
    for (index, rule) in record.grid.rules.enumerated() {
      for batch in record.grid.batches {
        for seed in 1...3 {
          var point = point(
            SweepCell(batch: batch, learningRate: 1, seed: UInt64(seed), rule: rule), steps: nil, diverged: false)
          let harm = batch == 8192 ? 0.012 * Double(index) : 0.0005 * Double(index)
          let accuracy = 0.981 - harm - 0.0005 * Double(seed)
          // Better on the way than at the end.
          point.bestTestAccuracy = accuracy + 0.003
          point.testAccuracy = accuracy
          point.testCurve.values = point.testCurve.epochs.map { accuracy - (0.4 + 0.2 * Double(index)) * exp(-$0 / 2) }
          record.points.append(point)
        }
      }
      let rows = record.grid.batches.map { summary(batch: $0, rule: rule, in: record) }
      record.rules.append(SweepRuleRecord(rule, batches: rows, fit: nil, speedup: []))
    }
    return record
  }

  static func empty(_ grid: SweepGrid) -> SweepRecord {
    var record = SweepRecord(
      name: "mnist-mlp", machine: MachineRecord(cores: 16), grid: grid, configurationSHA256: "")
    record.machine.cpuModel = "Example CPU 9000"
    record.machine.memoryBytes = 64 << 30
    record.isothermVersion = "0.1.0"
    record.startedAt = "2025-06-01T10:15:00Z"
    record.dataset = "mnist"
    record.trainSamples = 60_000
    record.testSamples = 10_000
    return record
  }

  private static func point(_ cell: SweepCell, steps: Double?, diverged: Bool = true) -> SweepPoint {
    let outcome: RunOutcome = steps != nil ? .targetReached : diverged ? .diverged : .completed
    let count = Int((steps ?? 140).rounded())
    var point = SweepPoint(
      cell, scaledLearningRate: 0.05 * cell.learningRate * Double(cell.batch) / 256, outcome: outcome, steps: count,
      samples: count * cell.batch)
    point.epochs = steps == nil && !diverged ? 20 : Double(point.samples) / 60_000
    point.threads = 16
    // A step costs a millisecond, and then its samples.
    let seconds = Double(count) * (0.001 + Double(cell.batch) / 200_000)
    point.trainingSeconds = seconds
    point.evaluationSeconds = 0.2 * seconds
    point.noiseScale = 600 + 20 * log2(Double(cell.batch))
    if steps != nil {
      point.reached = true
      point.stepsToTarget = count
      point.samplesToTarget = point.samples
      point.secondsToTarget = seconds
      point.secondsToTargetWithEvaluation = 1.2 * seconds
      point.bestTestAccuracy = 0.9705 + 0.0002 * Double(cell.seed)
    } else if diverged {
      point.divergedAtStep = 140
    }
    let epochs = (1...80).map { point.epochs * Double($0) / 80 }
    point.lossCurve = SweepCurve(
      epochs: epochs, values: epochs.map { 2.3 * exp(-$0 / (0.3 + Double(cell.batch) / 6000)) + 0.05 })
    point.testCurve = SweepCurve(epochs: epochs, values: epochs.map { 0.97 - 0.8 * exp(-$0) })
    return point
  }

  private static func summary(batch: Int, rule: SweepRule, in record: SweepRecord) -> SweepBatchRecord {
    let cells = record.points.filter { $0.batch == batch && $0.rule == rule && $0.learningRate == 1 }
    let reached = cells.filter(\.reached)
    var row = SweepBatchRecord(
      batch: batch, learningRate: 1, scaledLearningRate: cells[0].scaledLearningRate, seeds: cells.count,
      reached: reached.count, diverged: cells.count { $0.outcome == .diverged })
    row.steps = SweepSpread(reached.compactMap { $0.stepsToTarget.map(Double.init) })
    row.samples = SweepSpread(reached.compactMap { $0.samplesToTarget.map(Double.init) })
    row.seconds = SweepSpread(reached.compactMap(\.secondsToTarget))
    row.testAccuracy = SweepMean(cells.compactMap(\.testAccuracy))
    row.bestTestAccuracy = SweepMean(cells.compactMap(\.bestTestAccuracy))
    row.noiseScale = cells.first?.noiseScale
    row.regime = SweepFit(minimumSteps: 60, criticalBatch: 900).regime(batch: Double(batch))
    return row
  }
}
