import Foundation
import Records
import TestSupport

/// Points of sweeps with known answers.
enum SweepPoints {
  static let linear = SweepRule(scaling: "linear", warmup: "none")

  static func grid(
    _ batches: [Int], seeds: Int = 3, multiples: [Double] = [1], scalings: [String] = ["linear"],
    warmups: [String] = ["none"], target: TargetRecord? = TargetRecord(testAccuracy: 0.9), toTheEnd: Bool = false,
    epochs: Double = 10
  ) -> SweepGrid {
    SweepGrid(
      batches: batches, seeds: (1...UInt64(seeds)).map { $0 }, learningRates: multiples, scalings: scalings,
      warmups: warmups, target: target, toTheEnd: toTheEnd, epochs: epochs)
  }

  static func record(_ grid: SweepGrid, _ points: [SweepPoint]) -> SweepRecord {
    var record = SweepRecord(
      name: "known", machine: MachineRecord(cores: 2), grid: grid, configurationSHA256: "")
    record.points = points
    return record
  }

  /// A point that reached the target after `steps`, or did not.
  static func point(
    _ batch: Int, steps: Int?, seed: UInt64 = 1, multiple: Double = 1, rule: SweepRule = linear,
    outcome: RunOutcome? = nil, accuracy: Double? = nil, secondsPerStep: Double = 0.01
  ) -> SweepPoint {
    var point = SweepPoint(
      SweepCell(batch: batch, learningRate: multiple, seed: seed, rule: rule), scaledLearningRate: 0.1 * multiple,
      outcome: outcome ?? (steps == nil ? .completed : .targetReached), steps: steps ?? 1000,
      samples: (steps ?? 1000) * batch)
    point.trainingSeconds = Double(point.steps) * secondsPerStep
    point.testAccuracy = accuracy
    point.bestTestAccuracy = accuracy.map { $0 + 0.01 }
    if let steps {
      point.reached = true
      point.stepsToTarget = steps
      point.samplesToTarget = steps * batch
      point.secondsToTarget = Double(steps) * secondsPerStep
    }
    return point
  }

  /// A standard normal number, by the sum of twelve uniform ones.
  static func normal(_ generator: inout SeededGenerator) -> Double {
    (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &generator) }
  }
}
