import Foundation
import Records

import Reports

/// Records that look like those of real runs, the same every time.
enum SampleRuns {
  /// A well-behaved run of the digits: 40 epochs of 20 steps, gradual warmup, two decays.
  static func digits(outcome: RunOutcome = .completed) -> RunRecord {
    var noise = Noise(state: 7)
    var log: [MetricsLine] = []
    let stepsPerEpoch = 20
    let stop = outcome == .completed ? 800 : outcome == .diverged ? 132 : 300
    for step in 1...stop {
      let epoch = Double(step) / Double(stepsPerEpoch)
      let isLost = outcome == .diverged && step > 110
      let growth = isLost ? exp(Double(step - 110) * 1.3) : 1
      let loss = (2.3 * exp(-epoch * 0.35) + 0.02 * exp(-epoch * 0.03)) * (1 + 0.35 * noise.next()) * growth
      let scale = outcome == .diverged ? 8.0 : 1
      log.append(
        .training(
          step: step, epoch: epoch, loss: isLost && step == 132 ? .nan : loss, learningRate: scale * rate(epoch),
          samplesPerSecond: 38_600 * (1 + 0.08 * noise.next()) * (step % 97 == 0 ? 0.55 : 1)))
      if step.isMultiple(of: stepsPerEpoch), !isLost {
        log.append(
          .evaluation(
            step: step, epoch: epoch, testLoss: 2.2 * exp(-epoch * 0.33) + 0.068 + 0.004 * noise.next(),
            testAccuracy: 0.9815 - 0.85 * exp(-epoch * 0.55) + 0.002 * noise.next()))
      }
    }
    return RunRecord(
      name: "digits", folder: URL(fileURLWithPath: "/nonexistent/digits-20250601-101500"),
      configuration: configuration, metrics: MetricsLog(log), summary: summary(outcome, stop))
  }

  static let classNames = (0...9).map(String.init)

  /// Goyal's shape: up over 5 epochs, ÷ 10 at 25 and 35.
  static func rate(_ epoch: Double) -> Double {
    epoch < 5 ? 0.1 + 0.3 * epoch / 5 : epoch <= 25 ? 0.4 : epoch <= 35 ? 0.04 : 0.004
  }

  static func summary(_ outcome: RunOutcome, _ steps: Int) -> RunSummary {
    let counts = confusion
    let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
    let total = counts.reduce(0) { $0 + $1.reduce(0, +) }
    var summary = RunSummary(
      outcome: outcome, steps: steps, epochs: Double(steps) / 20, samples: steps * 64,
      trainLoss: outcome == .diverged ? nil : 0.00612, testLoss: 0.0712, testAccuracy: Double(right) / Double(total),
      wallSeconds: 1.34, samplesPerSecond: 38_612.4, peakMemoryBytes: 74_612_736, threads: 2,
      weightsSHA256: "3f2a91c07be45d1188a0c5f6e2794d31b6a2f0e9c84d57731e2b9a6604fd5c1e")
    summary.name = "digits"
    summary.isothermVersion = "0.1.0"
    summary.startedAt = "2025-06-01T10:15:00Z"
    summary.dataset = "digits"
    summary.trainSamples = 1257
    summary.testSamples = total
    summary.parameters = 26_122
    summary.batch = 64
    summary.shards = 4
    summary.microbatch = 16
    summary.seed = 7
    summary.plannedSteps = 800
    summary.plannedEpochs = 40
    summary.warmupSteps = 100
    summary.bestTestAccuracy = 0.987
    summary.bestStep = steps * 4 / 5
    summary.trainingSeconds = 1.21
    summary.gradientSeconds = 1.13
    summary.reduceSeconds = 0.05
    (summary.evaluationSeconds, summary.savingSeconds) = (0.04, 0.05)
    summary.classNames = classNames
    summary.perClassAccuracy = counts.indices.map { Double(counts[$0][$0]) / Double(counts[$0].reduce(0, +)) }
    summary.confusionMatrix = counts
    summary.noiseScale = 312
    summary.noiseScaleLow = 250
    summary.noiseScaleHigh = 401
    summary.highestTemperatureIndex = 0.004
    summary.temperatureIndex = 0.0001
    summary.kernels = "avx512"
    summary.machine = machine
    if outcome == .diverged {
      summary.divergence = DivergenceRecord(step: steps, learningRate: 3.2, loss: 1.2e11)
      summary.testAccuracy = 0.0981
    }
    if outcome == .targetReached {
      summary.target = TargetRecord(testAccuracy: 0.97)
      summary.targetReachedAtStep = steps
    }
    if outcome == .interrupted { summary.resumedFromStep = 120 }
    return summary
  }

  private static var machine: MachineRecord {
    var machine = MachineRecord(cores: 16)
    machine.affinity = 2
    machine.quota = 2
    machine.numaNodes = 1
    (machine.packages, machine.l3Groups, machine.physicalCores) = (2, 4, 8)
    machine.cpuModel = "Example CPU 9000 & <co>"
    machine.memoryBytes = 16 << 30
    machine.kernelFamily = "avx512"
    machine.blasVersion = "OpenBLAS 0.3.21"
    machine.blasCore = "SkylakeX"
    machine.operatingSystem = "Linux 6.1"
    return machine
  }

  /// 540 test samples of ten classes, as a small network on the digits has them.
  static let confusion: [[Int]] = [
    [54, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 53, 0, 0, 0, 0, 0, 0, 2, 0], [0, 0, 53, 0, 0, 0, 0, 0, 0, 0],
    [0, 0, 1, 53, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 54, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 53, 1, 0, 0, 1],
    [1, 0, 0, 0, 0, 0, 53, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 53, 0, 1], [0, 4, 0, 0, 0, 0, 0, 0, 48, 0],
    [0, 0, 0, 1, 0, 1, 0, 0, 1, 51],
  ]

  static let configuration = """
    {
      "name": "digits",
      "seed": 7,
      "data": { "dataset": "digits", "order": "reshuffle", "note": "<script>alert('a & b')</script>" },
      "model": { "preset": "mlp", "hidden": [128, 128] },
      "batch": { "size": 64, "shards": 4, "microbatch": 16 },
      "learningRate": { "reference": 0.1, "warmup": { "kind": "gradual", "epochs": 5 } },
      "epochs": 40
    }
    """

  /// Numbers in -1…1 that are always the same.
  struct Noise {
    var state: UInt64

    mutating func next() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 33) / Double(1 << 30) - 1
    }
  }
}
