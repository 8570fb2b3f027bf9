import JSON
import Optimizers
import Gradients
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import Studies
import TestSupport
import Testing

@Suite("Noise study")
struct NoiseStudyTests {
  @Test(
    "on a quadratic, the known noise scale lies within the interval, exact gradient or not", arguments: [true, false])
  func quadratic(exact: Bool) throws {
    // The gradient at w is λw, so that initial weights and a large curvature give a known |G|².
    let (configuration, splits) = try Temperature.quadratic(
      curvature: 40, deviations: (0..<12).map { 0.2 + 0.05 * Double($0) }, samples: 400)
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 1))
    let norm = trainer.fileWeights.reduce(0.0) { $0 + 1600 * Double($1) * Double($1) }
    let trace = (0..<12).reduce(0.0) { $0 + pow(0.2 + 0.05 * Double($1), 2) }
    var inside = 0
    for seed in 1...20 {
      var seeded = configuration
      seeded.seed = UInt64(seed)
      // Other draws at the weights of the first seed.
      try withTemporaryFolder { folder in
        let path = folder.path + "/weights.safetensors"
        try trainer.writeWeights(to: path)
        var study = NoiseStudy(samples: 4096, weights: path)
        study.usesExactGradient = exact
        let record = try study.run(seeded, splits: splits)
        #expect(record.isGradientExact == exact)
        if record.low <= trace / norm && trace / norm <= record.high { inside += 1 }
        #expect(abs(record.covarianceTrace / trace - 1) < 0.1)
        if exact { #expect(abs(record.gradientSquaredNorm / norm - 1) < 1e-4) }
        #expect(record.low < record.high && record.high < 3 * record.low)
      }
    }
    // 95 % of 20: fewer than 16 have a chance of 0.3 %.
    #expect(inside >= 16, "\(inside) of 20")
  }

  @Test("trΣ is that of one sample's gradient, of however many samples the gradients are that it comes from")
  func gradientSize() throws {
    // More than a hundred thousand parameters: gradients of eight samples.
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [400, 200] }, "batch": { "size": 64 },
        "optimizer": { "method": "sgd" } }
      """)
    let plan = try RunPlan(configuration, splits: splits, threads: 1)
    let trainer = try Trainer(plan)
    let exact = ExactNoise(plan, at: trainer.weights)
    for usesExactGradient in [true, false] {
      var study = NoiseStudy(samples: 8192)
      study.usesExactGradient = usesExactGradient
      study.threads = 2
      let record = try study.run(configuration, splits: splits)
      #expect(record.samplesPerGradient == 8 && record.isGradientExact == usesExactGradient)
      #expect(abs(record.covarianceTrace / exact.trace - 1) < 0.05, "\(record.covarianceTrace), \(exact.trace)")
      #expect(abs(record.gradientSquaredNorm / exact.squaredNorm - 1) < 0.1)
    }
  }

  @Test("the interval's half width is Student's t times the error of the mean")
  func halfWidth() throws {
    let (configuration, splits) = try Temperature.quadratic(
      curvature: 40, deviations: (0..<12).map { 0.2 + 0.05 * Double($0) }, samples: 400)
    let plan = try RunPlan(configuration, splits: splits, threads: 1)
    let trainer = try Trainer(plan)
    let exact = ExactNoise(plan, at: trainer.weights)
    let variance =
      exact.distances.reduce(0) { $0 + ($1 - exact.trace) * ($1 - exact.trace) } / Double(exact.distances.count)
    let record = try NoiseStudy(samples: 16_384).run(configuration, splits: splits)
    #expect(record.samplesPerGradient == 1)
    let half = 1.96 * (variance / 16_384).squareRoot() / exact.squaredNorm
    // The deviation of 16,384 values is known to about a percent.
    #expect(abs((record.high - record.low) / (2 * half) - 1) < 0.04, "\(record.high - record.low), \(2 * half)")
  }

  /// A network of the digits with a given layer between the data and a linear classifier.
  private func behind(_ layer: String, _ batch: String = #""batch": { "size": 64 }"#) throws -> (
    RunConfiguration, DataSplits
  ) {
    try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, \(batch), "optimizer": { "method": "sgd" },
        "model": { "layers": [{ "type": "flatten" }, \(layer) { "type": "dense", "units": 10, "bias": false }] } }
      """)
  }

  @Test("dropout's masks are part of the noise, and the gradient is the mean over all masks")
  func dropout() throws {
    // At w = 0 the gradient of a linear classifier is (p − y)·(m ∘ x)ᵀ ÷ (1 − rate) with the mask m: its mean has no
    // dropout in it, and |m ∘ x|² ÷ (1 − rate)² has the mean |x|² ÷ (1 − rate).
    let (plain, splits) = try behind("")
    let plan = try RunPlan(plain, splits: splits, threads: 1)
    let trainer = try Trainer(plan)
    trainer.weights.fill(with: 0)
    let exact = ExactNoise(plan, at: trainer.weights)
    let (dropping, _) = try behind(#"{ "type": "dropout", "rate": 0.75 },"#)
    let droppingPlan = try RunPlan(dropping, splits: splits, threads: 1)
    try withTemporaryFolder { folder in
      let path = folder.path + "/zero.safetensors"
      let zero = try Trainer(droppingPlan)
      zero.weights.fill(with: 0)
      try zero.writeWeights(to: path)
      var study = NoiseStudy(samples: 32_768, weights: path)
      study.threads = 2
      study.usesExactGradient = true
      let record = try study.run(dropping, splits: splits)
      #expect(!record.isGradientExact, "no pass over the set has the gradient of all masks")
      let secondMoment = (exact.trace + exact.squaredNorm) / 0.25
      let truth = (secondMoment - exact.squaredNorm) / exact.squaredNorm
      #expect(record.low <= truth && truth <= record.high, "\(record.low) … \(record.high), \(truth)")
      #expect(abs(record.gradientSquaredNorm / exact.squaredNorm - 1) < 0.15, "\(record.gradientSquaredNorm)")
      #expect(abs(record.covarianceTrace / (secondMoment - exact.squaredNorm) - 1) < 0.05)
      #expect(record.notes.contains { $0.contains("Dropout") })
    }
  }

  @Test("batch norm's gradient is the mean over random microbatches, never called exact")
  func batchNorm() throws {
    let (configuration, splits) = try behind(
      #"{ "type": "batchNorm" },"#, #""batch": { "size": 64, "microbatch": 16 }"#)
    var study = NoiseStudy(samples: 16_384)
    study.usesExactGradient = true
    let record = try study.run(configuration, splits: splits)
    #expect(!record.isGradientExact && record.samplesPerGradient == 16)
    #expect(record.notes.contains { $0.contains("microbatches of 16") })
    // Another seed draws other microbatches and finds the same: the intervals overlap.
    let weights = try Trainer(RunPlan(configuration, splits: splits, threads: 1))
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try weights.writeWeights(to: path)
      study.weights = path
      var seeded = configuration
      seeded.seed += 1
      let other = try study.run(seeded, splits: splits)
      #expect(other.low <= record.high && record.low <= other.high, "\(record.noiseScale), \(other.noiseScale)")
    }
  }

  @Test(
    "the best rate at another batch follows (1 + B_noise/B), or its root where the optimizer divides by the gradient",
    arguments: [
      (OptimizerMethod.sgd(momentum: 0.9, nesterov: true), 1.0), (.lars(momentum: 0.9, trust: 0.01), 0.5),
      (.adam(AdamConfiguration()), 0.5), (.adamW(AdamConfiguration()), 0.5), (.lamb(), 0.5),
    ])
  func recommendation(method: OptimizerMethod, exponent: Double) throws {
    for (scale, batch, wanted) in [(1000.0, 64, 1024), (100, 1024, 128), (3, 8, 4)] {
      let record = NoiseRecord(
        name: "n", machine: MachineRecord(cores: 1), weights: "w", noiseScale: scale, low: 1, high: 2 * scale,
        gradientSquaredNorm: 1, covarianceTrace: scale, isGradientExact: true, loss: 1, samples: 64,
        samplesPerGradient: 1, trainSamples: 60_000, parameters: 2, batch: batch, learningRate: 0.1, momentum: 0)
      let recommendation = try #require(NoiseRecommendation.make(record, method: method))
      #expect(recommendation.batch == wanted && recommendation.exponent == exponent)
      let expected = 0.1 * pow((1 + scale / Double(batch)) / (1 + scale / Double(wanted)), exponent)
      #expect(abs(recommendation.learningRate / expected - 1) < 1e-12, "\(recommendation.learningRate), \(expected)")
      #expect(abs(recommendation.largestLearningRate / (0.1 * pow(1 + scale / Double(batch), exponent)) - 1) < 1e-12)
      #expect((wanted > batch) == (recommendation.learningRate > 0.1))
      #expect(recommendation.reasons.contains { $0.contains("√(1 + B_noise ÷ B)") } == (exponent == 0.5))
    }
  }

  @Test("a config's optimizer decides the rule of its recommendation")
  func optimizerOfConfig() throws {
    var (configuration, splits) = try behind("")
    let study = NoiseStudy(samples: 512)
    #expect(try study.run(configuration, splits: splits).recommendation?.exponent == 1)
    configuration.optimizer.method = .adamW(AdamConfiguration())
    #expect(try study.run(configuration, splits: splits).recommendation?.exponent == 0.5)
  }

  @Test("\"convolution\": \"direct\" is honoured by what studies compute, as training does")
  func directConvolution() throws {
    func configuration(_ method: String) throws -> (RunConfiguration, DataSplits) {
      try Temperature.configuration(
        """
        { "data": { "dataset": "synthetic", "samples": 96, "testSamples": 8, "shape": [16, 16, 16], "classes": 10 },
          "batch": { "size": 32, "microbatch": 16 },
          "optimizer": { "method": "sgd" },
          "model": { "convolution": "\(method)", "layers": [
            { "type": "conv2d", "channels": 16, "kernel": 3, "padding": 1 }, { "type": "relu" },
            { "type": "conv2d", "channels": 16, "kernel": 3, "padding": 1 }, { "type": "relu" },
            { "type": "globalAveragePool" }, { "type": "dense", "units": 10 }] } }
        """)
    }
    let (direct, splits) = try configuration("direct")
    let (auto, _) = try configuration("auto")
    let plans = try [direct, auto].map { try RunPlan($0, splits: splits, threads: 1) }
    let trainer = try Trainer(plans[0])
    let norms = plans.map { ExactNoise($0, at: trainer.weights).squaredNorm }
    #expect(norms[0] != norms[1], "the kernels' last bits tell them apart")
    for (configuration, plan) in zip([direct, auto], plans) {
      // The study's pass over the set in the microbatches of the run, one after the other, and the same by hand.
      let record = try NoiseStudy(samples: 64).run(configuration, splits: splits)
      #expect(record.isGradientExact)
      #expect(record.loss == Self.loss(plan, at: trainer.weights), "\(configuration.convolution)")
    }
  }

  /// The mean loss of the training set in the plan's microbatches, in file order.
  private static func loss(_ plan: RunPlan, at weights: Floats) -> Double {
    let count = plan.splits.train.count
    let order = TrainingOrder(count: count, batch: count, order: .sequential, lastBatch: .drop, seed: 0)
    let source = TrainingSource(
      order: order, gatherer: SampleGatherer(plan.splits.train), seed: 0)
    let packed = Buffer<Float>(count: plan.network.packedCount)
    for index in 0..<plan.network.packingCount(transposing: true) {
      plan.network.pack(index, weights: weights, into: packed.view)
    }
    let gradient = Buffer<Float>(count: plan.network.parameterCount)
    let workspace = Workspace(for: plan.network)
    var sum = 0.0
    for first in stride(from: 0, to: count, by: plan.network.microbatch) {
      sum +=
        plan.network.gradient(
          of: first..<first + plan.network.microbatch, in: order.position(ofStep: 0), from: source, weights: weights,
          packedWeights: packed.view, into: ShardSums(gradient: gradient.view), workspace: workspace
        ).loss
    }
    return sum / Double(count)
  }

  @Test("the tensors' shares add up to the whole, weight decay plays no part, and threads do not show")
  func layers() throws {
    let (configuration, splits) = try Temperature.configuration(
      """
      { "data": { "dataset": "digits" }, "model": { "preset": "mlp", "hidden": [17] }, "batch": { "size": 64 },
        "optimizer": { "method": "sgd", "weightDecay": 0.1 } }
      """)
    var records: [String] = []
    for threads in [1, 2, 3, 7] {
      var study = NoiseStudy(samples: 512)
      study.perLayer = true
      study.threads = threads
      let record = try study.run(configuration, splits: splits)
      #expect(record.layers.map(\.tensor) == ["0.weight", "0.bias", "2.weight", "2.bias"])
      let trace = record.layers.reduce(0) { $0 + $1.covarianceTrace }
      let norm = record.layers.reduce(0) { $0 + $1.gradientSquaredNorm }
      #expect(abs(trace / record.covarianceTrace - 1) < 1e-9 && abs(norm / record.gradientSquaredNorm - 1) < 1e-9)
      records.append(JSONText.pretty(record))
      var plain = configuration
      plain.optimizer.weightDecay = 0
      #expect(try study.run(plain, splits: splits).covarianceTrace == record.covarianceTrace)
    }
    #expect(records.allSatisfy { $0 == records[0] })
  }

  @Test("a noise scale without end reads back from JSON as infinite")
  func infinite() throws {
    var record = NoiseRecord(
      name: "n", machine: MachineRecord(cores: 1), weights: nil, noiseScale: .infinity, low: 3, high: .infinity,
      gradientSquaredNorm: 0, covarianceTrace: 1, isGradientExact: true, loss: 1, samples: 64, samplesPerGradient: 1,
      trainSamples: 10, parameters: 2, batch: 4, learningRate: 0.1, momentum: 0)
    record.layers = [.init(tensor: "w", parameters: 2, gradientSquaredNorm: 0, covarianceTrace: 1)]
    let text = JSONText.pretty(StudyDocument(record))
    #expect(text.contains("\"high\" : null"))
    #expect(try JSONDecoder().decode(StudyDocument<NoiseRecord>.self, from: Data(text.utf8)).record == record)
  }
}
