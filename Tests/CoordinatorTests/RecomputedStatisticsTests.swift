import Models
import Configuration
import Coordinator
import Datasets
import Kernels
import Records
import TestSupport
import Testing

@Suite("Statistics of batch norm, recomputed before an evaluation")
struct RecomputedStatisticsTests {
  private let shape = SampleShape.image(height: 3, width: 5, channels: 3)

  private func configuration(
    _ model: ModelConfiguration, samples: Int?, microbatch: Int = 4
  ) -> RunConfiguration {
    var configuration = Runs.configuration(model, batch: 24, shards: 4, microbatch: microbatch)
    configuration.evaluate.batchNormSamples = samples
    return configuration
  }

  /// Mean and variance over whole microbatches by the definition, in double precision: a network whose second batch
  /// norm sees the rectified output of the first.
  private struct Naive {
    var first: (mean: [Double], variance: [Double])
    var second: (mean: [Double], variance: [Double])

    /// - Parameter microbatches: values of the samples, pixel by pixel, `channels` each.
    init(_ microbatches: [[Float]], channels: Int) {
      let normalized = microbatches.map { values -> [Double] in
        let own = Self.statistics(values.map(Double.init), channels: channels)
        let count = Double(values.count / channels)
        return values.indices.map { index in
          let channel = index % channels
          let variance = own.variance[channel] * (count - 1) / count
          let deviation = (variance + Double(BatchNormalization.epsilon)).squareRoot()
          return max(0, (Double(values[index]) - own.mean[channel]) / deviation)
        }
      }
      first = Self.statistics(microbatches.flatMap { $0.map(Double.init) }, channels: channels)
      second = Self.statistics(normalized.flatMap { $0 }, channels: channels)
    }

    /// Over all values of a channel at once: what sums over microbatches have to come to.
    private static func statistics(_ values: [Double], channels: Int) -> (mean: [Double], variance: [Double]) {
      let rows = values.count / channels
      let mean = (0..<channels).map { channel in
        (0..<rows).reduce(0) { $0 + values[$1 * channels + channel] } / Double(rows)
      }
      let variance = (0..<channels).map { channel in
        (0..<rows).reduce(0) { sum, row in
          let difference = values[row * channels + channel] - mean[channel]
          return sum + difference * difference
        } / Double(rows - 1)
      }
      return (mean, variance)
    }
  }

  @Test(
    "are the mean and the unbiased variance over all values of the samples",
    arguments: [(61, 4), (60, 4), (7, 4), (3, 4), (61, 1), (300, 4)])
  func agreeWithTheDefinition(samples: Int, microbatch: Int) throws {
    let images = Runs.samples(shape, count: 311)
    let model = ModelConfiguration.layers([
      .batchNorm, .relu, .batchNorm, .dropout(rate: 0.5), .flatten, .dense(units: 5, bias: true),
    ])
    var run = configuration(model, samples: samples, microbatch: microbatch)
    // What is done to training samples is not done here.
    run.data.augmentations = [.flip, .padCrop(padding: 1)]
    let trainer = try Trainer(RunPlan(run, splits: images, threads: 2))
    let found = Dictionary(uniqueKeysWithValues: trainer.tensorsForEvaluation().map { ($0.name, $0.elements) })

    let count = min(microbatch, samples)
    let order = TrainingOrder(
      count: 311, batch: samples / count * count, order: .reshuffle, lastBatch: .drop, seed: run.seed)
    let position = order.position(ofStep: 0)
    order.prepare(position)
    guard case .floats(let values) = images.train.stored.samples else { return #expect(Bool(false)) }
    let all = values.array()
    let naive = Naive(
      (0..<samples / count).map { group in
        (0..<count).flatMap { index in
          let sample = order.sample(position, group * count + index)
          return all[sample * shape.count..<(sample + 1) * shape.count]
        }
      }, channels: 3)
    for (layer, expected) in [("0", naive.first), ("2", naive.second)] {
      let mean = try #require(found["\(layer).running_mean"])
      let variance = try #require(found["\(layer).running_var"])
      #expect(largestDifference(mean, expected.mean) < 3e-6, "\(layer): \(mean), not \(expected.mean)")
      #expect(largestDifference(variance, expected.variance) < 1e-5, "\(layer): \(variance), not \(expected.variance)")
    }
  }

  private func largestDifference(_ actual: [Float], _ expected: [Double]) -> Double {
    actual.count == expected.count
      ? zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
  }

  @Test("are the same bits, and give the same evaluation, for 1, 2, 3 and 7 threads")
  func sameBits() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 311)
    // More microbatches than one block holds.
    let run = configuration(Runs.convolutional, samples: 300)
    var statistics: [[Float]] = []
    var evaluations: [Evaluation] = []
    for threads in [1, 2, 3, 7] {
      let trainer = try Trainer(RunPlan(run, splits: images, threads: threads))
      for _ in 0..<3 { _ = trainer.takeStep() }
      statistics.append(trainer.tensorsForEvaluation().flatMap(\.elements))
      evaluations.append(try trainer.evaluate())
    }
    #expect(evaluations.allSatisfy { $0 == evaluations[0] })
    for other in statistics.dropFirst() {
      #expect(zip(statistics[0], other).allSatisfy { $0.bitPattern == $1.bitPattern })
    }
  }

  @Test("leave training and the running averages as they are")
  func leaveTrainingAlone() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)
    let plain = try Runs.weights(configuration(Runs.convolutional, samples: nil), images, threads: 2, steps: 6)
    let trainer = try Trainer(
      RunPlan(configuration(Runs.convolutional, samples: 64), splits: images, threads: 2))
    for _ in 0..<6 {
      _ = trainer.takeStep()
      let before = trainer.fileWeights
      _ = try trainer.evaluate()
      let unchanged = zip(before, trainer.fileWeights).allSatisfy { $0.bitPattern == $1.bitPattern }
      #expect(unchanged)
    }
    #expect(zip(plain, trainer.fileWeights).allSatisfy { $0.bitPattern == $1.bitPattern })
  }

  @Test(
    "give the samples that they were taken of the loss that a training step finds, where running averages lag behind")
  func agreeWithTraining() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 60)
    let splits = DataSplits(train: images.train, test: images.train)
    let model = ModelConfiguration.layers([
      .conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm, .relu,
      .residual(body: [.conv2d(channels: 6, kernel: 3, stride: 1, padding: 1, bias: false), .batchNorm], shortcut: []),
      .relu, .flatten, .dense(units: 5, bias: true),
    ])
    func losses(_ samples: Int?) throws -> (evaluated: Double, trained: Double) {
      var run = Runs.configuration(model, batch: 60, shards: 1, microbatch: 60)
      run.evaluate.batchNormSamples = samples
      let trainer = try Trainer(RunPlan(run, splits: splits, threads: 2))
      for _ in 0..<3 { _ = trainer.takeStep() }
      let evaluated = try trainer.evaluate().loss
      // A step's loss is that of the weights before it.
      return (evaluated, try #require(trainer.takeStep()).loss)
    }
    let recomputed = try losses(60)
    let running = try losses(nil)
    #expect(abs(recomputed.evaluated / recomputed.trained - 1) < 1e-3, "\(recomputed)")
    #expect(abs(running.evaluated / running.trained - 1) > 1e-2, "\(running)")
  }

  @Test("a config that asks for them without batch norm, or over more samples than there are, is refused")
  func refusals() throws {
    let images = Runs.samples(shape, count: 60)
    let model = ModelConfiguration.layers([.batchNorm, .flatten, .dense(units: 5, bias: true)])
    func refusal(_ run: RunConfiguration) -> String {
      do {
        _ = try RunPlan(run, splits: images)
        return ""
      } catch { return "\(error)" }
    }
    #expect(
      refusal(configuration(.mlp(hidden: [3]), samples: 10))
        == "evaluate.batchNormSamples: found 10, but the model has no batchNorm layer; leave the key out")
    #expect(refusal(configuration(model, samples: 61)).contains("use at most 60"))
    #expect(refusal(configuration(model, samples: 60)).isEmpty)
  }

  @Test("the memory that a run is predicted to take does not depend on B, and counts the statistics")
  func memory() throws {
    let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 1600)
    func bytes(batch: Int, samples: Int? = nil) throws -> Int {
      var run = Runs.configuration(Runs.convolutional, batch: batch, shards: 4, microbatch: 8)
      run.evaluate.batchNormSamples = samples
      return MemoryEstimate(try RunPlan(run, splits: images, threads: 2)).totalBytes
    }
    #expect(try bytes(batch: 100) == bytes(batch: 1600))
    let statistics = try bytes(batch: 100, samples: 1024) - bytes(batch: 100)
    // 30 channels' means and variances: in 64 rows and once more as floats, twice in double; two orders of 1,600 samples.
    #expect(statistics == 65 * 60 * 4 + 2 * 60 * 8 + 2 * 1600 * 4)
  }
}
