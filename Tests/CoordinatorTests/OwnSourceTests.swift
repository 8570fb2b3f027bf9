import Records
import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// Runs on samples that are made as they are asked for, by a source that this file defines.
@Suite("A run on a program's own source") struct OwnSourceTests {
  /// Images of two frequencies, and which of them is the stronger: nothing is kept in memory.
  private struct Waves: SampleSource {
    let name = "waves"
    let shape = SampleShape.image(height: 7, width: 7, channels: 3)
    let count: Int
    var task = PredictionTask.classification(classNames: ["slow", "fast", "neither", "nor", "none"])
    /// The first sample's number, so that two splits differ.
    var first = 0
    /// How long a worker waits before some samples, so that workers overtake one another.
    var delay: Duration?
    /// How often samples were asked for.
    let calls = Calls()

    final class Calls: Sendable {
      private let counts = Buffer<Int>(count: 1)
      private let lock = NSLock()
      func add() { lock.withLock { counts.view[0] += 1 } }
      var count: Int { lock.withLock { counts.view[0] } }
    }

    func write(_ sample: Int, into input: Floats) {
      calls.add()
      if let delay, calls.count % 5 < 2 { Thread.sleep(forTimeInterval: Double(delay.components.attoseconds) * 1e-18) }
      let number = Double(first + sample)
      for index in input.indices {
        let place = Double(index)
        input[index] = Float(sin(place * 0.3 + number) + (label(of: sample) == 0 ? 1 : -1) * cos(place * 1.7 + number))
      }
    }

    func label(of sample: Int) -> Int { (first + sample) * 7 % 5 % 2 }

    func writeTarget(of sample: Int, into values: Floats) {
      for index in values.indices { values[index] = Float(label(of: sample) - index) }
    }
  }

  private func configuration(_ loss: LossConfiguration = .crossEntropy(labelSmoothing: 0)) -> RunConfiguration {
    var configuration = Runs.configuration(Runs.convolutional, batch: 23, microbatch: 3, loss: loss)
    configuration.data.augmentations = [.padCrop(padding: 1), .flip]
    configuration.evaluate.batchNormSamples = 30
    return configuration
  }

  private func splits(_ delay: Duration? = nil, regression: Bool = false) -> DataSplits {
    var train = Waves(count: 61, delay: delay)
    var test = Waves(count: 17, first: 1000, delay: delay)
    if regression {
      train.task = .regression(width: 5)
      test.task = .regression(width: 5)
    }
    return DataSplits(train: train, test: test)
  }

  @Test("ends with the same bits for 1, 2, 3 and 7 threads, for classes and for numbers", arguments: [false, true])
  func threads(regression: Bool) throws {
    let configuration = configuration(regression ? .meanSquaredError : .crossEntropy(labelSmoothing: 0))
    let results = try [1, 2, 3, 7].map { threads in
      let trainer = try Trainer(
        RunPlan(configuration, splits: splits(regression: regression), threads: threads))
      for _ in 0..<6 { _ = trainer.takeStep() }
      return (weights: trainer.fileWeights, evaluation: try trainer.evaluate())
    }
    let isFinite = results[0].weights.allSatisfy(\.isFinite)
    #expect(isFinite)
    for result in results.dropFirst() {
      #expect(result.weights == results[0].weights && result.evaluation == results[0].evaluation)
    }
    #expect((results[0].evaluation.classes == nil) == regression)
  }

  @Test("ends with the bits of the same samples in memory")
  func likeMemory() throws {
    let own = splits()
    let stored = [own.train, own.test].map { source in
      let inputs = Buffer<Float>(count: source.count * source.shape.count)
      source.write(0..<source.count, into: inputs.view)
      return Dataset(
        name: "stored", shape: source.shape, samples: .floats(inputs),
        targets: .classes(Buffer((0..<source.count).map { Int32(source.label(of: $0)) }), count: 5))
    }
    let expected = try Runs.weights(
      configuration(), DataSplits(train: stored[0], test: stored[1]), threads: 2, steps: 6)
    let found = try Runs.weights(configuration(), own, threads: 2, steps: 6)
    #expect(found == expected)
  }

  @Test("ends with the same bits where the source is slow, and its samples come when they come")
  func slow() throws {
    let expected = try Runs.weights(configuration(), splits(), threads: 1, steps: 4)
    let slow = splits(.milliseconds(2))
    let found = try Runs.weights(configuration(), slow, threads: 3, steps: 4)
    #expect(found == expected)
    let calls = (slow.train as? Waves)?.calls.count
    #expect(calls == 4 * 23)
  }

  @Test("is resumed with the same source, and not with another")
  func resume() throws {
    try withTemporaryFolder { folder in
      var configuration = configuration()
      configuration.length = .steps(8)
      configuration.evaluate.batchNormSamples = nil
      func trainer(_ splits: DataSplits, _ name: String) throws -> Trainer {
        let path = folder.appendingPathComponent(name).path
        let plan = try RunPlan(configuration, splits: splits, threads: 2)
        let run =
          FileManager.default.fileExists(atPath: path)
          ? try RunFolder(resuming: path, configuration: plan.configuration)
          : try RunFolder(creating: path, configuration: configuration)
        return try Trainer(plan, folder: run)
      }
      let whole = try trainer(splits(), "whole").train()
      let stop = StopRequest()
      _ = try trainer(splits(), "run").train(stop: stop) { event in
        if case .step(let step) = event, step.step == 3 { stop.raise() }
      }
      do {
        let other = try trainer(DataSplits(train: Waves(count: 61, first: 1), test: splits().test), "run")
        let refusal = #expect(throws: RunFolderError.self) { try other.resume() }
        #expect(refusal.map { "\($0)".contains("data: the samples") } == true)
      }
      let resumed = try trainer(splits(), "run")
      _ = try resumed.resume()
      #expect(try resumed.train().summary.weightsSHA256 == whole.summary.weightsSHA256)
    }
  }
}
