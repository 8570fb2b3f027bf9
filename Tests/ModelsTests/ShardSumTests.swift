import Datasets
import Kernels
import Models
import TestSupport
import Testing

@Suite("A shard's gradient is a sum over its microbatches")
struct ShardSumTests {
  /// Every kind of layer but batch norm, whose statistics see the whole microbatch.
  private let layers: [LayerConfiguration] = [
    .conv(5, 3), .relu, .dropout(rate: 0.2),
    .residual(body: [.conv(18, 3), .relu, .conv(17, 3)], shortcut: [.conv(17, 1)]), .relu,
    .maxPool(size: 2, stride: 2), .averagePool(size: 2, stride: 1), .flatten, .dense(33), .relu, .dropout(rate: 0.4),
    .dense(3),
  ]

  private func test(microbatch: Int) -> NetworkCase {
    NetworkCase("all layers", layers).with {
      $0.shape = .image(height: 7, width: 6, channels: 3)
      $0.count = 13
      $0.first = 2
      $0.microbatch = microbatch
    }
  }

  @Test(
    "to rounding the sum of its samples' gradients, for every size of microbatches", arguments: [1, 2, 3, 4, 5, 13, 20])
  func sums(microbatch: Int) throws {
    let run = try NetworkRun(test(microbatch: microbatch), seed: 7)
    let single = try NetworkRun(test(microbatch: 1), seed: 7)
    let (sum, gradient, _) = run.gradient(of: run.shard)
    var expectedLoss = 0.0
    var expectedCorrect = 0
    var expected = [Double](repeating: 0, count: gradient.count)
    for sample in single.shard {
      let (sum, gradient, _) = single.gradient(of: sample..<sample + 1)
      expectedLoss += sum.loss
      expectedCorrect += sum.correct
      for index in expected.indices { expected[index] += Double(gradient[index]) }
    }
    #expect(abs(sum.loss - expectedLoss) <= 1e-5 * expectedLoss)
    #expect(sum.correct == expectedCorrect)
    for tensor in run.network.tensors {
      expectClose(
        Array(gradient[tensor.range]), expected[tensor.range].map(Float.init), relative: 1e-5, absolute: 0,
        "\(tensor.name), microbatch \(microbatch)")
    }
  }

  @Test("running statistics arrive as sums of the microbatches' means and unbiased variances, weighted by samples")
  func statistics() throws {
    let test = NetworkCase("batch norm of the inputs", [.batchNorm, .dense(3)]).with {
      $0.count = 11
      $0.microbatch = 4
    }
    let run = try NetworkRun(test, seed: 1)
    let statistics = run.gradient(of: run.shard).statistics
    for feature in 0..<7 {
      var means = 0.0
      var variances = 0.0
      for microbatch in [0..<3, 3..<7, 7..<11] {
        let share = Double(microbatch.count) / 4
        let column = run.samples[microbatch].map { $0.input[feature] }
        let mean = column.reduce(0, +) / Double(column.count)
        means += share * mean
        variances += share * column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(column.count - 1)
      }
      let running = run.network.statistics[0]
      #expect(abs(Double(statistics[running.means.lowerBound + feature]) - means) < 1e-5)
      #expect(abs(Double(statistics[running.variances.lowerBound + feature]) - variances) < 1e-5)
    }
  }

  @Test("a microbatch of one pixel adds its variance of zero")
  func statisticsOfOne() throws {
    let test = NetworkCase("batch norm of the inputs", [.batchNorm, .dense(3)]).with {
      $0.count = 3
      $0.microbatch = 1
    }
    let run = try NetworkRun(test, seed: 1)
    let statistics = run.gradient(of: run.shard).statistics
    #expect(statistics[run.network.statistics[0].variances].allSatisfy { $0 == 0 })
  }

  @Test("nothing of the gradient's memory, the arena or the packed weights leaks into it", arguments: [3, 13])
  func poison(microbatch: Int) throws {
    // The memory held NaN before: see NetworkRun.
    let run = try NetworkRun(test(microbatch: microbatch), seed: 11)
    let first = run.gradient(of: run.shard)
    _ = run.gradient(of: 0..<1)
    let second = run.gradient(of: run.shard)
    #expect(first.sum == second.sum && first.sum.loss.isFinite)
    for tensor in run.network.tensors {
      let isFinite = first.gradient[tensor.range].allSatisfy(\.isFinite)
      let same = zip(first.gradient[tensor.range], second.gradient[tensor.range]).allSatisfy {
        $0.bitPattern == $1.bitPattern
      }
      #expect(isFinite && same, "\(tensor.name)")
    }
  }

  @Test("the padding of dense weights has a gradient of zero")
  func padding() throws {
    let run = try NetworkRun(NetworkCase("narrow", [.dense(19), .relu, .dense(3)]), seed: 1)
    let gradient = run.gradient(of: run.shard).gradient
    for tensor in run.network.tensors {
      let zeroed = Buffer(gradient).withView { vector in
        tensor.stored.setFileElements([Float](repeating: 0, count: tensor.count), in: vector)
        return vector.array()
      }
      let elements = NetworkRun.fileElements(of: tensor, in: gradient)
      #expect(gradient[tensor.range].count { $0 != 0 } == elements.count { $0 != 0 }, "\(tensor.name)")
      #expect(zeroed[tensor.range].allSatisfy { $0 == 0 }, "\(tensor.name)")
    }
  }

  @Test("dropout depends on the step and on the place in the batch, and drops its share")
  func dropout() throws {
    let test = NetworkCase("dropout", [.dropout(rate: 0.3), .dense(3)]).with { $0.count = 300 }
    let run = try NetworkRun(test, seed: 1)
    // The last dense layer's gradient is zero where its input was dropped for all samples; a sample alone shows its mask.
    let masks = run.shard.map { sample in
      NetworkRun.fileElements(of: run.network.tensors[0], in: run.gradient(of: sample..<sample + 1).gradient)
        .prefix(7).map { $0 == 0 }
    }
    // Of 128 masks of seven, 300 draws show most.
    #expect(Set(masks).count > 60)
    let number = Double(masks.joined().count)
    let share = Double(masks.joined().count { $0 }) / number
    #expect(abs(share - 0.3) < 4 * (0.3 * 0.7 / number).squareRoot(), "\(share) of \(number) dropped")
  }
}
