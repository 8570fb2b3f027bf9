import Optimizers
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Records
import TestSupport
import Testing

/// ResNet-20 with projections against PyTorch, from weights and samples that both sides fill by one formula; see
/// Golden/make_golden.py.
@Suite("Training of residual networks")
struct ResidualTrainingTests {
  private struct Golden: Decodable {
    let losses: [Double]
    /// Tensors in PyTorch's order.
    let names: [String]
    /// Means over each tensor of running statistics after the last step.
    let means: [String: Double]
  }

  /// 32-bit words, a mixed function of index and stream.
  private func word(_ index: Int, _ stream: Int) -> UInt64 {
    var h = UInt64(index * 2_654_435_761 + stream * 40503 + 12345) & 0xFFFF_FFFF
    for _ in 0..<2 { h = ((h ^ (h >> 16)) * 0x45D9F3B) & 0xFFFF_FFFF }
    return h ^ (h >> 16)
  }

  /// Numbers in -bound..<bound.
  private func uniform(_ count: Int, _ stream: Int, _ bound: Double) -> [Float] {
    (0..<count).map { Float((Double(word($0, stream)) / 0x1p31 - 1) * bound) }
  }

  /// Weights by the formula, in a file that the trainer loads.
  private func writeWeights(of trainer: Trainer, to path: String) throws {
    var stream = 0
    var tensors: [SafetensorsTensor] = []
    for tensor in trainer.plan.network.storedTensors {
      let elements: [Float]
      if tensor.fileShape.count > 1 {
        let fanIn = tensor.fileShape.dropFirst().reduce(1, *)
        elements = uniform(tensor.count, stream, (6 / Double(fanIn)).squareRoot())
        stream += 1
      } else {
        let one: Float = tensor.name.hasSuffix(".bn2.weight") ? 0.25 : 1
        let isOne = tensor.name.hasSuffix(".weight") || tensor.name.hasSuffix("running_var")
        elements = Array(repeating: isOne ? one : 0, count: tensor.count)
      }
      tensors.append(SafetensorsTensor(tensor.name, shape: tensor.fileShape) { $0.copy(from: elements) })
    }
    try SafetensorsFile.write(tensors, to: path)
  }

  @Test("ten steps of ResNet-20 have PyTorch's losses within 1e-3, its names and its running statistics")
  func golden() throws {
    let url = try #require(Bundle.module.url(forResource: "resnet20", withExtension: "json", subdirectory: "Golden"))
    let golden = try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
    let (batch, side) = (24, 16)
    let count = golden.losses.count * batch
    let shape = SampleShape.image(height: side, width: side, channels: 3)
    let data = Dataset(
      name: "formula", shape: shape, samples: .floats(Buffer(uniform(count * shape.count, 100, 1.5))),
      targets: .classes(Buffer((0..<count).map { Int32(word($0, 101) % 10) }), count: 10))
    let configuration = Runs.configuration(
      .cifarResNet(depth: 20, shortcut: .projection), batch: batch, shards: 1, microbatch: batch,
      method: .sgd(momentum: 0.9, nesterov: true), weightDecay: 1e-3, rate: 0.02, order: .sequential)
    let trainer = try Trainer(
      RunPlan(
        configuration, splits: DataSplits(train: data, test: data), threads: 1))
    #expect(trainer.tensorsInFileLayout().map(\.name) == golden.names)
    try withTemporaryFolder { folder in
      let path = folder.path + "/weights.safetensors"
      try writeWeights(of: trainer, to: path)
      try trainer.loadWeights(from: path)
    }
    for (step, expected) in golden.losses.enumerated() {
      let record = try #require(trainer.takeStep())
      #expect(abs(record.loss / expected - 1) <= 1e-3, "step \(step): \(record.loss), not \(expected)")
    }
    for tensor in trainer.tensorsInFileLayout() {
      guard let expected = golden.means[tensor.name] else { continue }
      let mean = tensor.elements.reduce(0) { $0 + Double($1) } / Double(tensor.elements.count)
      #expect(abs(mean - expected) <= 2e-3 * max(1, abs(expected)), "\(tensor.name): \(mean), not \(expected)")
    }
  }

  @Test("the same bits for 1, 2, 3 and 7 threads, with both kinds of shortcut and with none")
  func sameBits() throws {
    let images = Runs.samples(.image(height: 9, width: 7, channels: 3), count: 61)
    for model in [
      ModelConfiguration.cifarResNet(depth: 8, shortcut: .subsampling),
      .cifarResNet(depth: 8, shortcut: .projection), .cifarPlain(depth: 8),
    ] {
      let configuration = Runs.configuration(model, batch: 26, shards: 5, microbatch: 4)
      let reference = try Runs.weights(configuration, images, threads: 1, steps: 4)
      let isFinite = reference.allSatisfy(\.isFinite)
      #expect(isFinite)
      for threads in [2, 3, 7] {
        let weights = try Runs.weights(configuration, images, threads: threads, steps: 4)
        let same = zip(reference, weights).allSatisfy { $0.bitPattern == $1.bitPattern }
        #expect(same && weights.count == reference.count, "\(threads) threads, \(model)")
      }
    }
  }

  @Test("a network for large images learns, and evaluates by running statistics")
  func large() throws {
    let images = Runs.samples(.image(height: 33, width: 32, channels: 3), count: 48, classes: 3)
    var configuration = Runs.configuration(
      .resNet(depth: 18), batch: 16, microbatch: 8, steps: 12, weightDecay: 1e-4, rate: 0.05)
    configuration.learningRate.decay = .cosine
    let result = try Trainer(RunPlan(configuration, splits: images, threads: 2)).train()
    #expect(result.outcome == .completed)
    #expect(result.summary.trainLoss ?? 9 < 0.9)
    #expect(result.summary.testLoss?.isFinite == true)
  }
}
