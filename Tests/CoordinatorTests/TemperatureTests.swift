import Calendars
import Optimizers
import Statistics
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import TestSupport
import Testing

@Suite("Temperature and noise in a run")
struct TemperatureTests {
  private let vectors = Runs.samples(.features(29), count: 211)
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func records(_ configuration: RunConfiguration, _ splits: DataSplits, threads: Int, steps: Int = 9) throws
    -> [StepRecord]
  {
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
    return (0..<steps).map { _ in trainer.takeStep()! }
  }

  /// A network whose 16 shards need more than 32 MiB, so that few threads merge early and many do not.
  private var wide: ModelConfiguration {
    .layers([
      .conv2d(channels: 256, kernel: 3, stride: 3, padding: 0, bias: true), .relu,
      .conv2d(channels: 560, kernel: 2, stride: 1, padding: 0, bias: true), .relu, .flatten,
      .dense(units: 5, bias: true),
    ])
  }

  /// One whose shards leave factors.
  private var factored: ModelConfiguration { .mlp(hidden: [300, 100]) }

  @Test("the noise of a step has the same bits for every thread count, merged early or not")
  func sameBits() throws {
    var batchNorm = Runs.configuration(Runs.convolutional, batch: 26, shards: 5, microbatch: 4)
    batchNorm.data.lastBatch = .keep
    let cases: [(RunConfiguration, DataSplits)] = [
      (Runs.configuration(.mlp(hidden: [33, 17]), batch: 50, shards: 7, microbatch: 6), vectors),
      (Runs.configuration(wide, batch: 64, shards: 16, microbatch: 4), images), (batchNorm, images),
      (Runs.configuration(factored, batch: 50, shards: 16, microbatch: 3), vectors),
    ]
    let count = try RunPlan(cases[1].0, splits: images).network.parameterCount
    #expect(
      ShardGradients.bytes(shards: 16, count: count, workers: 2)
        < ShardGradients.bytes(shards: 16, count: count, workers: 16))
    for (configuration, splits) in cases {
      let reference = try records(configuration, splits, threads: 1, steps: 4)
      #expect(reference.allSatisfy { $0.gradient.noise != nil })
      for threads in [2, 3, 7, 16] {
        let others = try records(configuration, splits, threads: threads, steps: 4)
        for (one, other) in zip(reference, others) {
          #expect(one.gradient == other.gradient && one.noiseScale == other.noiseScale, "\(threads) threads")
        }
      }
    }
  }

  @Test("a step's noise is that of its shards' gradients, computed one by one; running statistics are in neither")
  func againstShards() throws {
    let cases = [
      (ModelConfiguration.mlp(hidden: [33, 17]), vectors), (factored, vectors), (Runs.convolutional, images),
    ]
    for (model, splits) in cases {
      var configuration = Runs.configuration(model, batch: 22, shards: 4, microbatch: 3)
      configuration.learningRate.reference = 1e-30
      let plan = try RunPlan(configuration, splits: splits, threads: 2)
      let trainer = try Trainer(plan)
      let position = plan.source.order.position(ofStep: 0)
      plan.source.order.prepare(position)
      let workspace = Workspace(for: plan.network)
      let weights = trainer.state.parameters
      let packed = Buffer<Float>(count: plan.network.packedCount)
      for index in 0..<plan.network.packingCount(transposing: true) {
        plan.network.pack(index, weights: weights.view, into: packed.view)
      }
      var total = [Double](repeating: 0, count: plan.network.parameterCount)
      var squares = 0.0
      var squaredSizes = 0
      for shard in 0..<4 {
        let samples = plan.division.batch(position).samples(ofShard: shard)
        let gradient = Buffer<Float>(count: plan.network.parameterCount)
        _ = plan.network.shardGradient(
          plan.division.batch(position).microbatches(ofShard: shard), of: plan.division.batch(position),
          from: plan.source, weights: weights.view, packedWeights: packed.view,
          into: ShardSums(gradient: gradient.view), workspace: workspace)
        squaredSizes += samples.count * samples.count
        for tensor in plan.network.tensors {
          for index in tensor.range {
            squares += Double(gradient.view[index]) * Double(gradient.view[index])
            total[index] += Double(gradient.view[index])
          }
        }
      }
      let expected = GradientNoise(
        squaredNormOfSum: total.reduce(0) { $0 + $1 * $1 }, sumOfSquaredNorms: squares, samples: 22,
        squaredShardSamples: squaredSizes, drawnFrom: splits.train.count)!
      let noise = try #require(trainer.takeStep()?.gradient.noise)
      #expect(abs(noise.covarianceTrace - expected.covarianceTrace) < 1e-4 * abs(expected.covarianceTrace))
      #expect(
        abs(noise.gradientSquaredNorm - expected.gradientSquaredNorm)
          < 1e-4 * (abs(expected.gradientSquaredNorm) + expected.covarianceTrace / 22))
    }
  }

  @Test("a shuffled run's noise is that of draws without replacement, an independent one's is not")
  func population() throws {
    for (order, count) in [(SampleOrder.reshuffle, 211), (.sequential, 211), (.iid, nil)] as [(SampleOrder, Int?)] {
      let configuration = Runs.configuration(
        .mlp(hidden: [9]), batch: 40, shards: 4, microbatch: 5, rate: 1e-30, order: order)
      let trainer = try Trainer(RunPlan(configuration, splits: vectors, threads: 1))
      let record = try #require(trainer.takeStep())
      let noise = try #require(record.gradient.noise)
      // |ḡ|² of a batch of equal shards is |G|² + trΣ ÷ B by the plain equations, whatever the estimates are.
      let sum = record.gradient.squaredNorm
      if let count {
        let (plainTrace, others) = (noise.covarianceTrace * Double(count) / Double(count - 1), Double(count - 1))
        #expect(
          abs(noise.gradientSquaredNorm - noise.covarianceTrace / others + plainTrace / 40 - sum) < 1e-9 * plainTrace)
      } else {
        #expect(abs(noise.gradientSquaredNorm + noise.covarianceTrace / 40 - sum) < 1e-9 * noise.covarianceTrace)
      }
    }
  }

  @Test(
    "the temperature index of a step is η ÷ (B(1 − m)), in its record and in the plan", arguments: [0.0, 0.5, 0.9])
  func index(momentum: Double) throws {
    var configuration = Runs.configuration(
      .mlp(hidden: [9]), batch: 40, method: .sgd(momentum: momentum, nesterov: false), rate: 0.2)
    configuration.data.lastBatch = .keep
    let plan = try RunPlan(configuration, splits: vectors, threads: 1)
    let trainer = try Trainer(plan)
    var greatest = 0.0
    for step in 0..<6 {
      let record = try #require(trainer.takeStep())
      // The sixth batch has the last 11 of 211 samples.
      let expected = 0.2 / (Double(step == 5 ? 11 : 40) * (1 - momentum))
      #expect(abs(try #require(record.temperatureIndex) / expected - 1) < 1e-12)
      #expect(abs(try #require(plan.temperatureIndex(at: step)) / (0.2 / (40 * (1 - momentum))) - 1) < 1e-12)
      greatest = max(greatest, expected)
    }
    let summary = try Trainer(plan).train().summary
    #expect(abs((summary.highestTemperatureIndex ?? 0) / greatest - 1) < 1e-12)
  }

  private func growing(batch: Int = 8) -> RunConfiguration {
    var configuration = Runs.configuration(.mlp(hidden: [33]), batch: batch, shards: 3, microbatch: 2, rate: 0.05)
    configuration.learningRate.decay = .batch(epochs: [1, 2], factor: 3, maximum: nil)
    configuration.length = .epochs(3)
    return configuration
  }

  @Test("a growing batch has the temperatures of a falling rate, in fewer steps")
  func samePath() throws {
    let growing = growing()
    var falling = growing
    falling.learningRate.decay = .step(at: [.epochs(1), .epochs(2)], factor: 1.0 / 3)
    let hot = try RunPlan(growing, splits: vectors, threads: 1)
    let cold = try RunPlan(falling, splits: vectors, threads: 1)
    #expect(hot.steps == 26 + 8 + 2 && cold.steps == 3 * 26)
    for epoch in stride(from: 0.0, to: 3, by: 0.5) {
      let one = try #require(hot.temperatureIndex(at: hot.calendar.steps(of: .epochs(epoch))))
      let other = try #require(cold.temperatureIndex(at: cold.calendar.steps(of: .epochs(epoch))))
      #expect(abs(one - other) < 1e-12 * one, "epoch \(epoch)")
    }
  }

  @Test("a growing batch has the same bits for 1, 2, 3 and 7 threads, and visits each sample once an epoch")
  func growingBits() throws {
    for order in SampleOrder.allCases {
      var configuration = growing()
      configuration.data.order = order
      configuration.data.lastBatch = .keep
      let plan = try RunPlan(configuration, splits: vectors, threads: 1)
      let reference = try Runs.weights(configuration, vectors, threads: 1, steps: plan.steps)
      for threads in [2, 3, 7] {
        let weights = try Runs.weights(configuration, vectors, threads: threads, steps: plan.steps)
        #expect(zip(reference, weights).allSatisfy { $0.bitPattern == $1.bitPattern }, "\(threads) threads")
      }
      guard order != .iid else { continue }
      var seen: [Int: [Int]] = [:]
      for step in 0..<plan.steps {
        let position = plan.source.order.position(ofStep: step)
        plan.source.order.prepare(position)
        seen[position.epoch, default: []] += (0..<position.count).map { plan.source.order.sample(position, $0) }
      }
      for epoch in 0..<3 { #expect(seen[epoch]?.sorted() == Array(0..<211)) }
    }
  }

  @Test("a growing batch that is stopped and resumed has the bits of one that was not")
  func resumedGrowth() throws {
    try withTemporaryFolder { folder in
      let configuration = growing()
      let whole = try Trainer(RunPlan(configuration, splits: vectors, threads: 2))
      let expected = try whole.train().summary
      let path = folder.path + "/run"
      for stopAfter in [28, 1000] {
        let plan = try RunPlan(configuration, splits: vectors, threads: 3)
        let isNew = stopAfter == 28
        let trainer = try Trainer(
          plan,
          folder: isNew
            ? RunFolder(creating: path, configuration: configuration)
            : RunFolder(resuming: path, configuration: configuration))
        if !isNew { _ = try trainer.resume() }
        let stop = StopRequest()
        let result = try trainer.train(stop: stop) { event in
          if case .step(let step) = event, step.step == stopAfter { stop.raise() }
        }
        guard !isNew else { continue }
        #expect(result.summary.weightsSHA256 == expected.weightsSHA256)
        #expect(result.summary.noiseScale == expected.noiseScale)
        #expect(result.summary.epochs == 3 && result.summary.temperatureIndex == expected.temperatureIndex)
      }
    }
  }

  @Test("a resumed run that changes its batch at a held temperature has the bits of one that was to change it")
  func held() throws {
    try withTemporaryFolder { folder in
      var configuration = growing()
      configuration.learningRate.decay = .cosine
      configuration.temperature.hold = true
      let path = folder.path + "/run"
      do {
        let first = try Trainer(
          RunPlan(configuration, splits: vectors, threads: 2),
          folder: RunFolder(creating: path, configuration: configuration))
        let stop = StopRequest()
        let interrupted = try first.train(stop: stop) { event in
          if case .step(let step) = event, step.step == 30 { stop.raise() }
        }
        #expect(interrupted.outcome == .interrupted)
      }
      // Step 30 is in the second epoch, so the change comes with the third.
      let changed = configuration.changingBatch(to: 20, atEpoch: 2)
      let plan = try RunPlan(changed, splits: vectors, threads: 3)
      let second = try Trainer(plan, folder: RunFolder(resuming: path, configuration: changed))
      _ = try second.resume()
      let summary = try second.train().summary
      let whole = try Trainer(RunPlan(changed, splits: vectors, threads: 1)).train().summary
      #expect(summary.weightsSHA256 == whole.weightsSHA256)
      #expect(summary.steps == 2 * 26 + 10)
      let before = try #require(plan.temperatureIndex(at: 0))
      let cosine = 0.5 * (1 + cos(Double.pi * 2 / 3))
      #expect(abs(try #require(plan.temperatureIndex(at: 52)) / before - cosine) < 1e-12)
    }
  }

  @Test("a run's highest temperature is that of its hottest step, here of the end of warmup")
  func highest() throws {
    var configuration = Runs.configuration(.mlp(hidden: [5]), batch: 32, steps: 12)
    configuration.learningRate.referenceBatch = 8
    configuration.learningRate.scaling = .linear
    configuration.learningRate.reference = 0.01
    configuration.learningRate.warmup = .gradual(.steps(5))
    configuration.learningRate.decay = .step(at: [.steps(8)], factor: 0.1)
    var indices: [Double] = []
    let summary = try Trainer(RunPlan(configuration, splits: vectors, threads: 1)).train { event in
      if case .step(let step) = event {
        let index = step.learningRate / (Double(step.samples) * (1 - 0.9))
        indices.append(index)
        #expect(abs((step.temperatureIndex ?? 0) / index - 1) < 1e-12)
      }
    }.summary
    try #require(indices.count == 12 && indices.max()! > indices[0] && indices.max()! > indices[11])
    #expect(abs((summary.highestTemperatureIndex ?? 0) / (0.04 / (32 * 0.1)) - 1) < 1e-12)
    #expect(abs((summary.temperatureIndex ?? 0) / indices[11] - 1) < 1e-12)
  }

  @Test(
    "a plan says by how much a config heats or cools",
    arguments: [
      (Scaling.linear, nil), (.none, "8 × colder"), (.sqrt, "2.83 × colder"),
    ] as [(Scaling, String?)])
  func notes(scaling: Scaling, words: String?) throws {
    var configuration = Runs.configuration(.mlp(hidden: [5]), batch: 64)
    configuration.learningRate.referenceBatch = 8
    configuration.learningRate.scaling = scaling
    let notes = try RunPlan(configuration, splits: vectors, threads: 1).notes
    #expect(notes.contains { $0.contains("reference") } == (words != nil))
    if let words { #expect(notes.contains { $0.contains(words) }) }
  }
}
