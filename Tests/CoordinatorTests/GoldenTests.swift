import Models
import Optimizers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import TestSupport
import Testing

/// Trajectories made with PyTorch by Golden/make_golden.py.
@Suite("Ten steps agree with PyTorch")
struct GoldenTests {
  private static let cnn = ModelConfiguration.layers([
    .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm, .relu,
    .residual(
      body: [
        .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm, .relu,
        .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm,
      ], shortcut: []), .relu, .maxPool(size: 2, stride: 2),
    .conv2d(channels: 7, kernel: 3, stride: 2, padding: 1, bias: true), .relu, .flatten,
    .dense(units: 5, bias: true),
  ])

  /// Trains on a golden file's samples and compares every loss and every final tensor.
  private func check(
    _ name: String, _ model: ModelConfiguration, batch: Int, method: OptimizerMethod, weightDecay: Double,
    loss: LossConfiguration, rate: Double, shards: [Int] = [1], tolerance: Float = 2e-5
  ) throws {
    let url = try #require(Bundle.module.url(forResource: name, withExtension: "safetensors", subdirectory: "Golden"))
    let file = try SafetensorsFile(path: url.path)
    let inputs = try #require(file.entry("inputs"))
    let shape: SampleShape =
      inputs.shape.count == 4
      ? .image(height: inputs.shape[1], width: inputs.shape[2], channels: inputs.shape[3]) : .features(inputs.shape[1])
    let targets: Dataset.Targets =
      loss == .meanSquaredError
      ? .values(Buffer(try file.floats("targets")), width: 5)
      : .classes(Buffer(try file.integers("labels").map { Int32($0) }), count: 5)
    let data = Dataset(name: name, shape: shape, samples: .floats(Buffer(try file.floats("inputs"))), targets: targets)
    let splits = DataSplits(train: data, test: data)
    let losses = try file.floats("losses")

    for shards in shards {
      let configuration = Runs.configuration(
        model, batch: batch, shards: shards, microbatch: (batch + shards - 1) / shards, method: method,
        weightDecay: weightDecay, loss: loss, rate: rate, order: .sequential)
      let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: 2))
      try trainer.loadWeights(from: url.path, prefix: "before.")
      for (step, expected) in losses.enumerated() {
        let record = try #require(trainer.takeStep())
        #expect(abs(Float(record.loss) - expected) <= tolerance * expected, "\(name), loss of step \(step)")
      }
      for tensor in trainer.tensorsInFileLayout() {
        expectClose(
          tensor.elements, try file.floats("after." + tensor.name), relative: tolerance, absolute: 2e-6,
          "\(name), \(shards) shards, \(tensor.name)")
      }
    }
  }

  private let mlp = ModelConfiguration.mlp(hidden: [17, 9])
  private let crossEntropy = LossConfiguration.crossEntropy(labelSmoothing: 0)

  @Test("plain SGD")
  func plain() throws {
    try check(
      "mlp-plain", mlp, batch: 8, method: .sgd(momentum: 0, nesterov: false), weightDecay: 0, loss: crossEntropy,
      rate: 0.1, shards: [1, 2, 3, 8])
  }

  @Test("momentum and weight decay")
  func momentum() throws {
    try check(
      "mlp-momentum-decay", mlp, batch: 8, method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 0.01,
      loss: crossEntropy, rate: 0.1, shards: [1, 2, 3, 8])
  }

  @Test("Nesterov and label smoothing")
  func nesterov() throws {
    try check(
      "mlp-nesterov-smoothing", mlp, batch: 8, method: .sgd(momentum: 0.9, nesterov: true), weightDecay: 0.01,
      loss: .crossEntropy(labelSmoothing: 0.1), rate: 0.1, shards: [1, 4])
  }

  @Test("squared error")
  func squaredError() throws {
    try check(
      "mlp-squared-error", mlp, batch: 8, method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 0,
      loss: .meanSquaredError, rate: 0.05, shards: [1, 2])
  }

  @Test("AdamW")
  func adamW() throws {
    try check(
      "mlp-adamw", mlp, batch: 8, method: .adamW(AdamConfiguration()), weightDecay: 0.1, loss: crossEntropy,
      rate: 0.01, shards: [1, 2], tolerance: 1e-4)
  }

  @Test("a convolutional network with batch norm, running statistics included")
  func convolutional() throws {
    try check(
      "cnn-momentum-decay", Self.cnn, batch: 6, method: .sgd(momentum: 0.9, nesterov: false), weightDecay: 0.01,
      loss: crossEntropy, rate: 0.1, tolerance: 5e-4)
  }

  @Test("a convolutional network with Nesterov and label smoothing")
  func convolutionalNesterov() throws {
    try check(
      "cnn-nesterov-smoothing", Self.cnn, batch: 6, method: .sgd(momentum: 0.9, nesterov: true), weightDecay: 0.01,
      loss: .crossEntropy(labelSmoothing: 0.1), rate: 0.1, tolerance: 5e-4)
  }
}
