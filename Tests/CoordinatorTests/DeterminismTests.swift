import Calendars
import Gradients
import Configuration
import Coordinator
import Datasets
import Kernels
import Models
import Optimizers
import Records
import TestSupport
import Testing

@Suite("The weights are the same bits for every thread count")
struct DeterminismTests {
  private let vectors = Runs.samples(.features(29), count: 211)
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  /// Takes more than an epoch's steps with 1, 2, 3 and 7 threads (more than the cores of many machines).
  private func expectSameBits(_ configuration: RunConfiguration, _ splits: DataSplits, steps: Int = 9) throws {
    let reference = try Runs.weights(configuration, splits, threads: 1, steps: steps)
    let isFinite = reference.allSatisfy { $0.isFinite }
    #expect(isFinite)
    for threads in [2, 3, 7] {
      let weights = try Runs.weights(configuration, splits, threads: threads, steps: steps)
      let same = zip(reference, weights).allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(same && weights.count == reference.count, "\(threads) threads")
    }
  }

  @Test("on every sampler, with sizes that do not divide", arguments: SampleOrder.allCases)
  func samplers(order: SampleOrder) throws {
    try expectSameBits(
      Runs.configuration(.mlp(hidden: [33, 17]), batch: 50, shards: 7, microbatch: 6, order: order), vectors)
    try expectSameBits(
      Runs.configuration(Runs.convolutional, batch: 26, shards: 5, microbatch: 4, order: order), images)
  }

  /// Networks with the kinds of layers that no preset has.
  static let others: [ModelConfiguration] = [
    .layers([
      .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: true), .gelu(), .flatten,
      .dense(units: 33, bias: true), .gelu(form: .tanh), .dense(units: 5, bias: true),
    ]),
    .layers([
      .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .groupNorm(groups: 3), .relu,
      .residual(
        body: [.conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .groupNorm(groups: 2)], shortcut: []
      ), .relu, .globalAveragePool, .dense(units: 5, bias: true),
    ]),
    .layers([
      .conv2d(channels: 6, kernel: 3, stride: 2, padding: 1, bias: true), .layerNorm, .relu, .flatten, .layerNorm,
      .dense(units: 17, bias: true), .layerNorm, .relu, .dense(units: 5, bias: true),
    ]),
  ]

  @Test("in networks of every kind of layer that the presets lack", arguments: others)
  func kinds(model: ModelConfiguration) throws {
    try expectSameBits(Runs.configuration(model, batch: 26, shards: 5, microbatch: 4), images)
  }

  @Test("under every optimizer, with clipping")
  func optimizers() throws {
    let others: [OptimizerMethod] = [
      .sgd(momentum: 0, nesterov: false), .sgd(momentum: 0.9, nesterov: true), .lars(momentum: 0.9, trust: 0.01),
    ]
    for method in RuleKinds.methods + others {
      var configuration = Runs.configuration(
        .mlp(hidden: [33]), batch: 40, shards: 6, microbatch: 5, method: method, rate: 0.01)
      try expectSameBits(configuration, vectors)
      configuration.optimizer.clipNorm = 0.1
      try expectSameBits(configuration, vectors)
    }
  }

  @Test("where dense gradients are multiplied from factors, growing batches and clipping included")
  func factors() throws {
    var configuration = Runs.configuration(.mlp(hidden: [300, 100]), batch: 22, shards: 5, microbatch: 3)
    configuration.data.lastBatch = .keep
    let layers = try RunPlan(configuration, splits: vectors).record.layers ?? []
    #expect(layers.filter { $0.kind.contains(": factored") }.count == 2)
    try expectSameBits(configuration, vectors, steps: 12)
    configuration.optimizer.clipNorm = 0.1
    try expectSameBits(configuration, vectors)
    configuration.optimizer.clipNorm = nil
    configuration.learningRate.decay = .batch(epochs: [1], factor: 2, maximum: nil)
    try expectSameBits(configuration, vectors, steps: 15)
  }

  /// The other way: shard by shard in whole vectors, summed in the tree, with the same update.
  @Test("and those of whole shard gradients, summed and applied one tensor after another")
  func wholeGradients() throws {
    let configuration = Runs.configuration(
      .mlp(hidden: [300, 100]), batch: 22, shards: 5, microbatch: 3, method: .sgd(momentum: 0.9, nesterov: true))
    let plan = try RunPlan(configuration, splits: vectors, threads: 2)
    let trainer = try Trainer(plan)
    let weights = Buffer<Float>(trainer.state.parameters.array())
    let momentum = Buffer<Float>(count: weights.view.count)
    let workspace = Workspace(for: plan.network)
    for step in 0..<3 {
      let batch = plan.source.order.position(ofStep: step)
      plan.source.order.prepare(batch)
      let division = plan.division.batch(batch)
      let gradients = (0..<division.shards).map { shard in
        let gradient = Buffer<Float>(count: plan.network.parameterCount)
        _ = plan.network.gradient(
          of: division.samples(ofShard: shard), in: batch, from: plan.source, weights: weights.view,
          packedWeights: Buffer<Float>(count: 0).view, into: ShardSums(gradient: gradient.view), workspace: workspace)
        return gradient
      }
      let average = Buffer<Float>(count: plan.network.parameterCount)
      Reduction.treeSum(
        Shards(gradients.map(\.view)), range: average.view.indices, dividedBy: Float(batch.count), into: average.view)
      for tensor in plan.network.tensors {
        plan.update.apply(
          to: weights.view[tensor.range], gradient: average.view[tensor.range],
          state: OptimizerState(first: momentum.view[tensor.range], second: nil), step: step,
          learningRate: plan.schedule.learningRate(at: step), decays: tensor.decays,
          norms: TensorNorms(weightSquares: 0, directionSquares: 0), globalGradientNorm: 0)
      }
      #expect(trainer.takeStep() != nil)
      #expect(trainer.state.parameters.view.hasSameBits(as: weights.view), "step \(step)")
    }
  }

  @Test("with augmentation and a smaller last batch")
  func augmentation() throws {
    var configuration = Runs.configuration(Runs.convolutional, batch: 24, shards: 4, microbatch: 4)
    configuration.data.augmentations = [.padCrop(padding: 2), .flip]
    configuration.data.lastBatch = .keep
    try expectSameBits(configuration, images)
  }

  @Test("in evaluation: loss, accuracy and counts of classes")
  func evaluation() throws {
    let configuration = Runs.configuration(Runs.convolutional, batch: 24, shards: 4, microbatch: 4)
    var evaluations: [Evaluation] = []
    for threads in [1, 2, 3, 7] {
      let trainer = try Trainer(RunPlan(configuration, splits: images, threads: threads))
      for _ in 0..<3 { _ = trainer.takeStep() }
      evaluations.append(try trainer.evaluate())
    }
    #expect(evaluations.allSatisfy { $0 == evaluations[0] })
    #expect(evaluations[0].classes?.total == images.test.count)
  }
}

/// What ThreadSanitizer looks at.
@Suite("SanitizedTrainingTests: a short training run")
struct SanitizedTrainingTests {
  @Test("with more threads than cores")
  func training() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 61)
    let configuration = Runs.configuration(Runs.convolutional, batch: 24, shards: 6, microbatch: 4)
    let trainer = try Trainer(RunPlan(configuration, splits: images, threads: 3))
    for _ in 0..<5 { #expect(trainer.takeStep() != nil) }
    _ = try trainer.evaluate()
  }
}
