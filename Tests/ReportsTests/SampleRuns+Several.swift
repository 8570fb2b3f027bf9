import Foundation
import Records

extension SampleRuns {
  /// A run whose curves follow from its batch and seed, with step decay and training accuracy.
  static func run(batch: Int, seed: Int, name: String = "digits", outcome: RunOutcome = .completed) -> RunRecord {
    var noise = Noise(state: UInt64(batch * 31 + seed))
    let stepsPerEpoch = 1280 / batch
    let epochs = 40
    let bias = 0.004 * noise.next()
    var log: [MetricsLine] = []
    for step in 1...(epochs * stepsPerEpoch) {
      let epoch = Double(step) / Double(stepsPerEpoch)
      let slowness = 1 + Double(batch) / 600
      let drop = epoch > 35 ? 0.5 : epoch > 25 ? 0.7 : 1
      let loss = drop * (2.3 * exp(-epoch * 0.35 / slowness) + 0.03) * (1 + 0.2 * noise.next())
      var line = MetricsLine.training(
        step: step, epoch: epoch, loss: loss, learningRate: rate(epoch) * Double(batch) / 64,
        samplesPerSecond: 30_000 * (1 + Double(batch) / 500) * (1 + 0.05 * noise.next()),
        trainAccuracy: 1 - min(0.9, max(0, loss * 0.35 - 0.002)))
      line.temperatureIndex = rate(epoch) / (64 * 0.1)
      line.noiseScale = epoch < 2 ? nil : 20 * exp(epoch * 0.1) * (1 + 0.2 * noise.next())
      log.append(line)
      if step.isMultiple(of: stepsPerEpoch) {
        let error = drop * (0.85 * exp(-epoch * 0.5 / slowness) + 0.021 + bias) + 0.0015 * noise.next()
        log.append(
          .evaluation(step: step, epoch: epoch, testLoss: 2.4 * error + 0.03, testAccuracy: 1 - error))
      }
    }
    var summary = summary(outcome, epochs * stepsPerEpoch)
    summary.name = name
    summary.epochs = Double(epochs)
    summary.samples = epochs * stepsPerEpoch * batch
    summary.batch = batch
    summary.seed = UInt64(seed)
    summary.testAccuracy = log.last?.testAccuracy
    summary.testLoss = log.last?.testLoss
    summary.weightsSHA256 = String(repeating: "\(batch % 10)\(seed % 10)c4", count: 16)
    let configuration = """
      {"name": "\(name)", "seed": \(seed), "batch": {"size": \(batch), "shards": 4}, "epochs": 40,
       "optimizer": {"method": "sgd", "momentum": 0.9}, "data": {"augment": [{"type": "flip"}]}}
      """
    return RunRecord(
      name: name, folder: URL(fileURLWithPath: "/nonexistent/runs/\(name)-\(batch)-\(seed)"),
      configuration: configuration, metrics: MetricsLog(log), summary: summary)
  }

  /// Three batches of one config.
  static var several: [RunRecord] { [64, 256, 1280].map { run(batch: $0, seed: 7) } }

  /// Five seeds of one config.
  static var seeds: [RunRecord] { (1...5).map { run(batch: 64, seed: $0) } }
}
