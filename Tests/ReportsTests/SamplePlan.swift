import Records
import Reports

/// A plan and a moment of progress, as the command shows them.
enum SamplePlan {
  static var record: PlanRecord {
    var plan = PlanRecord(
      parameters: 26_122, steps: 800, memoryBytes: 74_612_736,
      learningRates: [
        .init(step: 0, epoch: 0, learningRate: 0.1, label: "warmup, a constant more every step"),
        .init(step: 100, epoch: 5, learningRate: 0.4, label: "scaled rate"),
        .init(step: 500, epoch: 25, learningRate: 0.04, label: "× 0.1"),
        .init(step: 700, epoch: 35, learningRate: 0.004, label: "× 0.1"),
      ])
    plan.name = "digits"
    plan.epochs = 40
    plan.stepsPerEpoch = 20
    plan.batch = 64
    plan.shards = 4
    plan.microbatch = 16
    plan.threads = 2
    plan.trainSamples = 1257
    plan.testSamples = 540
    plan.optimizer = "SGD, Nesterov momentum 0.9, weight decay 0.0001"
    plan.flopsPerSample = 155_000
    plan.layers = [
      .init(name: "0", kind: "flatten", outputShape: [64], parameters: 0, flopsPerSample: 0),
      .init(name: "1", kind: "dense 128, ReLU", outputShape: [128], parameters: 8320, flopsPerSample: 16_384),
      .init(name: "3", kind: "dense 128, ReLU", outputShape: [128], parameters: 16_512, flopsPerSample: 32_768),
      .init(name: "5", kind: "dense 10", outputShape: [10], parameters: 1290, flopsPerSample: 2560),
    ]
    plan.memory = [
      .init("weights and momentum", bytes: 208_976), .init("shard gradients, 4 of them", bytes: 417_952),
      .init("arenas of 2 workers", bytes: 65_536), .init("data", bytes: 115_008),
    ]
    plan.notes = ["8 threads were asked for, but 4 shards keep at most 4 busy: the run uses 4."]
    return plan
  }

  static var schedule: [(step: Int, learningRate: Double)] {
    stride(from: 0, to: 800, by: 4).map { ($0, SampleRuns.rate(Double($0) / 20)) }
  }

  static let progress = ProgressState(
    step: 240, steps: 800, epoch: 12, epochs: 40, loss: 0.0831, learningRate: 0.32, samplesPerSecond: 38_612,
    secondsLeft: 12.4, testAccuracy: 0.972)
}
