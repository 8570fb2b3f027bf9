import Optimizers
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import TestSupport
import Testing

/// Batch norm first, so that its statistics are those of the samples.
private let normalizing = ModelConfiguration.layers([.batchNorm, .flatten, .dense(units: 5, bias: true)])

@Suite("The running statistics of batch norm")
struct RunningStatisticsTests {
  private let features = 64

  /// Samples of deviation 2 around 3, in every feature.
  private func normal(_ count: Int) -> (splits: DataSplits, values: [Float]) {
    var generator = SeededGenerator(seed: 11)
    // A sum of twelve uniform numbers has variance 1.
    let values = (0..<count * features).map { _ in
      3 + 2 * ((0..<12).reduce(Float(0)) { sum, _ in sum + Float.random(in: 0...1, using: &generator) } - 6)
    }
    let data = Dataset(
      name: "normal", shape: .features(features), samples: .floats(Buffer(values)),
      targets: .classes(Buffer((0..<count).map { Int32($0 % 5) }), count: 5))
    return (DataSplits(train: data, test: data), values)
  }

  private func moments(_ values: [Float], _ samples: [Int]) -> (mean: [Double], variance: [Double]) {
    let means = (0..<features).map { feature in
      samples.reduce(0.0) { $0 + Double(values[$1 * features + feature]) } / Double(samples.count)
    }
    let variances = (0..<features).map { feature in
      samples.reduce(0.0) { sum, sample in
        let difference = Double(values[sample * features + feature]) - means[feature]
        return sum + difference * difference
      } / Double(samples.count - 1)
    }
    return (means, variances)
  }

  private func running(_ trainer: Trainer) -> (mean: [Float], variance: [Float]) {
    let tensors = Dictionary(uniqueKeysWithValues: trainer.tensorsInFileLayout().map { ($0.name, $0.elements) })
    return (tensors["0.running_mean"] ?? [], tensors["0.running_var"] ?? [])
  }

  @Test(
    "converge to the variance of the data, however the batch divides into microbatches",
    arguments: [(65, 32, 1), (33, 32, 2), (64, 32, 2), (65, 32, 3), (7, 3, 2), (100, 32, 4)])
  func converge(batch: Int, microbatch: Int, shards: Int) throws {
    let (splits, values) = normal(1000)
    let trainer = try Trainer(
      RunPlan(
        Runs.configuration(normalizing, batch: batch, shards: shards, microbatch: microbatch, order: .iid),
        splits: splits))
    let truth = moments(values, Array(0..<1000)).variance.reduce(0, +)
    // Over many steps and features, what is left of the noise is well below one hundredth.
    var (sum, steps) = (0.0, 0.0)
    for step in 0..<400 {
      _ = trainer.takeStep()
      guard step >= 100 else { continue }
      sum += running(trainer).variance.reduce(0) { $0 + Double($1) }
      steps += 1
    }
    #expect(abs(sum / steps / truth - 1) < 0.01, "\(sum / steps / truth) of the variance at B = \(batch)")
  }

  @Test(
    "are, after a step, the average of the microbatches' by samples",
    arguments: [(65, 32, 1), (65, 32, 3), (33, 32, 2), (34, 8, 3), (64, 32, 2), (31, 31, 1)])
  func oneStep(batch: Int, microbatch: Int, shards: Int) throws {
    let (splits, values) = normal(200)
    var configuration = Runs.configuration(
      normalizing, batch: batch, shards: shards, microbatch: microbatch, order: .sequential)
    configuration.data.lastBatch = .keep
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
    var mean = [Double](repeating: 0, count: features)
    var variance = [Double](repeating: 1, count: features)
    // The whole epoch, with its smaller last batch.
    for first in stride(from: 0, to: 200, by: batch) {
      _ = trainer.takeStep()
      let count = min(batch, 200 - first)
      let number = Int((Double(count) / Double(microbatch)).rounded(.up))
      var average = (mean: [Double](repeating: 0, count: features), variance: [Double](repeating: 0, count: features))
      for index in 0..<number {
        let own = index * count / number..<(index + 1) * count / number
        let found = moments(values, own.map { first + $0 })
        let share = Double(own.count) / Double(count)
        for feature in 0..<features {
          average.mean[feature] += share * found.mean[feature]
          average.variance[feature] += share * found.variance[feature]
        }
      }
      mean = zip(mean, average.mean).map { 0.9 * $0 + 0.1 * $1 }
      variance = zip(variance, average.variance).map { 0.9 * $0 + 0.1 * $1 }
      let found = running(trainer)
      expectClose(found.mean, mean.map(Float.init), relative: 1e-6, absolute: 0, "mean at \(first)")
      expectClose(found.variance, variance.map(Float.init), relative: 1e-6, absolute: 0, "variance at \(first)")
    }
  }

  @Test("and all weights are the same bits for 1, 2, 3 and 7 threads where n does not divide the batch")
  func sameBits() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 140)
    for (batch, shards, microbatch) in [(65, 3, 32), (33, 2, 32), (26, 5, 4), (23, 4, 3)] {
      var configuration = Runs.configuration(
        Runs.convolutional, batch: batch, shards: shards, microbatch: microbatch)
      configuration.data.lastBatch = .keep
      let reference = try Runs.weights(configuration, images, threads: 1, steps: 7)
      for threads in [2, 3, 7] {
        let weights = try Runs.weights(configuration, images, threads: threads, steps: 7)
        #expect(reference.map(\.bitPattern) == weights.map(\.bitPattern), "B = \(batch), \(threads) threads")
      }
    }
  }
}

@Suite("A batch norm that would see one value of a channel")
struct SingleValueTests {
  private let data = Runs.samples(.features(9), count: 129)
  private let features = ModelConfiguration.layers([
    .dense(units: 8, bias: true), .batchNorm, .relu, .dense(units: 5, bias: true),
  ])

  private func refusal(
    _ model: ModelConfiguration, _ splits: DataSplits? = nil, batch: Int, shards: Int? = nil, microbatch: Int? = nil,
    steps: Int = 1000, _ change: (inout RunConfiguration) -> Void = { _ in }
  ) -> String {
    var configuration = Runs.configuration(model, batch: batch, shards: shards, microbatch: microbatch, steps: steps)
    change(&configuration)
    do {
      _ = try RunPlan(configuration, splits: splits ?? data)
      return "accepted"
    } catch { return "\(error)" }
  }

  @Test("is refused with the key that makes microbatches of one sample")
  func features1() {
    #expect(
      refusal(features, batch: 16, microbatch: 1)
        == "batch.microbatch: found 1, but of 16 samples some would go through the network alone, and batch norm 1 "
        + "takes the variance of a channel, which wants at least 2 values; use at least 2")
    // Sixteen pairs and one alone.
    #expect(refusal(features, batch: 33, microbatch: 2).hasPrefix("batch.microbatch: found 2"))
    #expect(refusal(features, batch: 33, microbatch: 2).hasSuffix("use at least 3"))
    #expect(refusal(features, batch: 32, microbatch: 2) == "accepted")
    #expect(refusal(features, batch: 33, microbatch: 3) == "accepted")
    #expect(refusal(features, batch: 33, microbatch: 32) == "accepted")
    #expect(refusal(features, batch: 1).hasPrefix("batch.size: found 1"))
    #expect(
      refusal(features, batch: 16, shards: 16).hasPrefix("batch.shards: found 16, which leaves microbatches of 1"))
    #expect(refusal(.mlp(hidden: [8]), batch: 16, microbatch: 1) == "accepted")
  }

  @Test("is refused in a kept last batch of one sample, if the run gets there")
  func lastBatch() {
    func keep(_ configuration: inout RunConfiguration) { configuration.data.lastBatch = .keep }
    #expect(
      refusal(features, batch: 64, keep)
        == "data.lastBatch: found \"keep\", but the last batch of an epoch has a single sample, and batch norm 1 takes "
        + "the variance of a channel, which wants at least 2 values; use \"drop\", or another batch.size")
    #expect(refusal(features, batch: 64) == "accepted")
    #expect(refusal(features, batch: 63, keep) == "accepted")
    #expect(refusal(features, batch: 64, steps: 2, keep) == "accepted")
    #expect(refusal(features, batch: 64, steps: 3, keep).hasPrefix("data.lastBatch"))
    let iid = refusal(features, batch: 64) {
      keep(&$0)
      $0.data.order = .iid
    }
    #expect(iid == "accepted")
  }

  @Test("is refused in every phase of a run whose batch changes")
  func phases() {
    func growing(_ factor: Double, keep: Bool = false) -> String {
      refusal(features, batch: 8, microbatch: 2) {
        $0.learningRate.decay = .batch(epochs: [1], factor: factor, maximum: nil)
        if keep { $0.data.lastBatch = .keep }
      }
    }
    #expect(growing(2) == "accepted")
    // From epoch 1 on, batches of 9.
    #expect(growing(1.125).hasPrefix("batch.microbatch: found 2, but of 9 samples"))
    // 129 = 8 · 16 + 1.
    #expect(growing(2, keep: true).hasPrefix("data.lastBatch"))
    let held = refusal(features, batch: 8, microbatch: 4) {
      $0.temperature.hold = true
      $0.temperature.batches = [.init(epoch: 1, size: 1)]
    }
    #expect(held.hasPrefix("temperature.batches: found 1"))
  }

  @Test("is refused where statistics are taken anew over a single sample")
  func recomputed() {
    func found(_ samples: Int) -> String {
      refusal(features, batch: 16, microbatch: 8) { $0.evaluate.batchNormSamples = samples }
    }
    #expect(found(1).hasPrefix("evaluate.batchNormSamples: found 1"))
    #expect(found(2) == "accepted")
  }

  @Test("is no single value on images of more than one pixel, but is behind their mean")
  func images() {
    let images = Runs.samples(.image(height: 4, width: 3, channels: 2), count: 65)
    #expect(refusal(normalizing, images, batch: 8, microbatch: 1) == "accepted")
    let behind = ModelConfiguration.layers([
      .conv2d(channels: 4, kernel: 3, stride: 1, padding: 1, bias: true), .batchNorm, .globalAveragePool, .batchNorm,
      .dense(units: 5, bias: true),
    ])
    #expect(refusal(behind, images, batch: 8, microbatch: 1).contains("batch norm 3 takes the variance"))
    #expect(refusal(behind, images, batch: 8, microbatch: 2) == "accepted")
    let flat = ModelConfiguration.layers([.flatten, .batchNorm, .dense(units: 5, bias: true)])
    #expect(refusal(flat, images, batch: 8, microbatch: 1).hasPrefix("batch.microbatch"))
  }

  @Test("what is dealt evenly is said, and only that")
  func notes() throws {
    func notes(batch: Int, microbatch: Int, keep: Bool = false, _ model: ModelConfiguration? = nil) throws -> [String] {
      var configuration = Runs.configuration(model ?? features, batch: batch, microbatch: microbatch, steps: 100)
      if keep { configuration.data.lastBatch = .keep }
      return try RunPlan(configuration, splits: data, threads: 1).notes.filter { $0.contains("dealt") }
    }
    #expect(
      try notes(batch: 65, microbatch: 32) == [
        "batch 65 is dealt in microbatches of 21 and 22: evenly for batch norm, whose statistics come from a microbatch, "
          + "rather than in full ones of 32 and a smaller last one"
      ])
    #expect(try notes(batch: 64, microbatch: 32) == [])
    #expect(try notes(batch: 65, microbatch: 32, .mlp(hidden: [8])) == [])
    #expect(try notes(batch: 40, microbatch: 8) == [])
    let kept = try notes(batch: 40, microbatch: 8, keep: true)
    #expect(kept.first?.hasPrefix("the last batch of an epoch, 9, is dealt in microbatches of 4 and 5: ") == true)
    #expect(try notes(batch: 100, microbatch: 32).first?.contains("microbatches of 25: ") == true)
  }
}
