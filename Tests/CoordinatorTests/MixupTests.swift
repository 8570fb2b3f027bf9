import Calendars
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Models
import Observers
import Records
import TestSupport
import Testing

@Suite("Training with mixup")
struct MixupTrainingTests {
  private let vectors = Runs.samples(.features(29), count: 211)
  private let images = Runs.samples(.image(height: 7, width: 7, channels: 3), count: 101)

  private func configuration(_ model: ModelConfiguration, order: SampleOrder = .reshuffle) -> RunConfiguration {
    var configuration = Runs.configuration(
      model, batch: 26, shards: 5, microbatch: 4, steps: 11, loss: .crossEntropy(labelSmoothing: 0.1), order: order)
    configuration.data.lastBatch = order == .iid ? .drop : .keep
    configuration.data.augmentations = [.mixup(alpha: 0.4)]
    return configuration
  }

  @Test("has the same bits for every number of threads, and others than without", arguments: SampleOrder.allCases)
  func threads(order: SampleOrder) throws {
    var pictures = configuration(Runs.convolutional, order: order)
    pictures.data.augmentations = [.padCrop(padding: 1), .flip, .mixup(alpha: 1)]
    let rows = configuration(.mlp(hidden: [33, 17]), order: order)
    for (configuration, splits) in [(pictures, images), (rows, vectors)] {
      let reference = try Runs.weights(configuration, splits, threads: 1, steps: 9)
      #expect(reference.allSatisfy { $0.isFinite })
      for threads in [2, 3, 7] {
        let weights = try Runs.weights(configuration, splits, threads: threads, steps: 9)
        #expect(weights.map(\.bitPattern) == reference.map(\.bitPattern), "\(threads) threads")
      }
      var plain = configuration
      plain.data.augmentations.removeLast()
      #expect(try Runs.weights(plain, splits, steps: 9) != reference)
    }
  }

  @Test("a run that was killed and resumed ends with the same bits")
  func resumed() throws {
    try withTemporaryFolder { folder in
      var configuration = configuration(Runs.convolutional)
      configuration.checkpoint = CheckpointConfiguration(every: .steps(4), keep: 3)
      func trainer(_ name: String, resuming: Bool = false, threads: Int = 2) throws -> Trainer {
        let path = folder.path + "/" + name
        return try Trainer(
          RunPlan(configuration, splits: images, threads: threads),
          recordingIn: resuming
            ? RunFolder(resuming: path, configuration: configuration)
            : RunFolder(creating: path, configuration: configuration))
      }
      struct Killed: Error {}
      let whole = try trainer("whole")
      let expected = try whole.train()
      // The lock of its folder goes with the trainer.
      func kill() throws {
        let killed = try trainer("killed")
        #expect(throws: Killed.self) {
          try killed.train { event in if case .step(let record) = event, record.step == 6 { throw Killed() } }
        }
      }
      try kill()
      let second = try trainer("killed", resuming: true, threads: 3)
      #expect(try second.resume().isEmpty)
      let result = try second.train()
      #expect(whole.firstDifference(from: second) == nil)
      #expect(result.summary.weightsSHA256 == expected.summary.weightsSHA256)
    }
  }

  @Test("is refused of numbers to predict, of a loss without classes, and of batches of one sample")
  func refused() throws {
    func message(_ change: (inout RunConfiguration) -> Void, _ splits: DataSplits) -> String {
      var configuration = configuration(.mlp(hidden: [5]))
      change(&configuration)
      let error = #expect(throws: RunError.self) { try RunPlan(configuration, splits: splits) }
      return error?.description ?? ""
    }
    let squared = message({ $0.loss = .meanSquaredError }, vectors)
    #expect(squared.contains("data.augment") && squared.contains("has no classes to mix"), "\(squared)")
    let numbers = Dataset(
      name: "numbers", shape: .features(2), samples: .floats(Buffer<Float>(count: 80)),
      targets: .values(Buffer<Float>(count: 40), width: 1))
    let regression = message({ $0.loss = .auto(labelSmoothing: 0) }, DataSplits(train: numbers, test: numbers))
    #expect(regression.contains("data.augment") && regression.contains("has no classes to mix"), "\(regression)")
    let single = message({ $0.batch = BatchConfiguration(size: 1, shards: 1, microbatch: 1) }, vectors)
    #expect(single.contains("data.augment") && single.contains("batch.size 1"), "\(single)")
  }
}
