import Calendars
import Models
import Optimizers
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import TestSupport

extension RuleKinds {
  /// Every rule as its defaults have it.
  static var methods: [OptimizerMethod] { all.map { OptimizerMethod($0.standard) } }
}

/// Configs and data sets for runs of a few steps.
enum Runs {
  /// A config with nothing but what a test sets: constant rate, no scaling, no warmup.
  static func configuration(
    _ model: ModelConfiguration, batch: Int, shards: Int? = nil, microbatch: Int? = nil, steps: Int = 10,
    method: OptimizerMethod = .sgd(momentum: 0.9, nesterov: false), weightDecay: Double = 0.001,
    loss: LossConfiguration = .crossEntropy(labelSmoothing: 0), rate: Double = 0.1, order: SampleOrder = .reshuffle
  ) -> RunConfiguration {
    RunConfiguration(
      name: "test", seed: 5, data: DataConfiguration(source: .digits, order: order, normalization: .none),
      model: model, loss: loss, batch: BatchConfiguration(size: batch, shards: shards, microbatch: microbatch),
      optimizer: OptimizerConfiguration(method: method, weightDecay: weightDecay),
      learningRate: LearningRateConfiguration(
        reference: rate, referenceBatch: batch, scaling: .none, warmup: .none, decay: .none),
      length: .steps(steps), evaluate: EvaluationConfiguration(every: .steps(1_000_000)),
      checkpoint: CheckpointConfiguration(every: .steps(1_000_000), keep: 2), target: nil, threads: .count(1))
  }

  /// A convolutional network with all kinds of layers, on images of 7×7×3.
  static let convolutional = ModelConfiguration.layers([
    .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm, .relu,
    .residual(
      body: [
        .conv2d(channels: 8, kernel: 3, stride: 2, padding: 1, bias: false), .batchNorm, .relu, .dropout(rate: 0.2),
        .conv2d(channels: 8, kernel: 3, stride: 1, padding: 1, bias: true), .batchNorm,
      ], shortcut: [.conv2d(channels: 8, kernel: 1, stride: 2, padding: 0, bias: false), .batchNorm]), .relu,
    .averagePool(size: 2, stride: 1), .flatten, .dense(units: 5, bias: true),
  ])

  /// Random samples with learnable labels: class c is near its own random mean.
  static func samples(_ shape: SampleShape, count: Int, classes: Int = 5, seed: UInt64 = 1) -> DataSplits {
    var generator = SeededGenerator(seed: seed)
    let means = (0..<classes).map { _ in generator.floats(shape.count) }
    func dataset(_ count: Int) -> Dataset {
      var values: [Float] = []
      var labels: [Int32] = []
      for _ in 0..<count {
        let label = Int.random(in: 0..<classes, using: &generator)
        labels.append(Int32(label))
        values += zip(means[label], generator.floats(shape.count)).map { $0 + $1 }
      }
      return Dataset(
        name: "samples", shape: shape, samples: .floats(Buffer(values)),
        targets: .classes(Buffer(labels), count: classes))
    }
    let train = dataset(count)
    return DataSplits(train: train, test: dataset(count / 3 + 1))
  }

  /// Weights after `steps` steps.
  static func weights(
    _ configuration: RunConfiguration, _ splits: DataSplits, threads: Int = 1, steps: Int
  ) throws -> [Float] {
    let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
    for _ in 0..<steps { _ = trainer.takeStep() }
    return trainer.fileWeights
  }
}

extension SampleSource {
  /// A set that a test has made in memory.
  var stored: Dataset {
    guard let dataset = self as? Dataset else { preconditionFailure("\(name) is not in memory") }
    return dataset
  }
}
