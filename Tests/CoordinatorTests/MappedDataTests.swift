import Configuration
import Coordinator
import Datasets
import Foundation
import Models
import Optimizers
import TestSupport
import Testing

@Suite("Samples that are mapped from a file") struct MappedDataTests {
  /// Two classes of images 7 × 7 × 3 in .npy files, read or mapped.
  static func images(mapped: Bool, in folder: URL) throws -> DataSplits {
    func write(_ type: String, _ shape: String, _ bytes: [UInt8], _ name: String) throws -> String {
      var header = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }".utf8)
      while (10 + header.count + 1) % 64 != 0 { header.append(UInt8(ascii: " ")) }
      header.append(UInt8(ascii: "\n"))
      let url = folder.appendingPathComponent(name)
      try Data([0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(header.count), 0] + header + bytes).write(to: url)
      return url.path
    }
    func paths(_ count: Int, _ name: String) throws -> ImageLabelPaths {
      var generator = SeededGenerator(seed: UInt64(count))
      let pixels = (0..<count * 147).map { index in
        UInt8.random(in: 0...100, using: &generator) + (index / 147 % 2 == 0 ? 0 : 60)
      }
      return ImageLabelPaths(
        inputs: try write("|u1", "(\(count), 7, 7, 3)", pixels, name + "-x.npy"),
        labels: try write("|u1", "(\(count),)", (0..<count).map { UInt8($0 % 2) }, name + "-y.npy"))
    }
    var request = LoadingRequest(seed: 1, normalization: .standardize)
    if mapped { request.storage.mappedFrom = 1 }
    return try NPYSource(train: paths(101, "train"), test: paths(37, "test")).load(request)
  }

  @Test("give the same weights as those in memory, for every thread count and order", arguments: SampleOrder.allCases)
  func bits(order: SampleOrder) throws {
    try withTemporaryFolder { folder in
      let read = try Self.images(mapped: false, in: folder)
      let mapped = try Self.images(mapped: true, in: folder)
      #expect(!read.train.readsAhead && mapped.train.readsAhead && mapped.test.readsAhead)
      var configuration = Runs.configuration(Runs.convolutional, batch: 26, shards: 5, microbatch: 4, order: order)
      configuration.data.augmentations = [.padCrop(padding: 1), .flip]
      let wanted = try Runs.weights(configuration, read, threads: 1, steps: 9)
      for threads in [1, 2, 3, 7] {
        // More than two epochs: the order of the next is prepared one step before it is gathered.
        let weights = try Runs.weights(configuration, mapped, threads: threads, steps: 9)
        let isSame = zip(wanted, weights).allSatisfy { $0.bitPattern == $1.bitPattern }
        #expect(isSame && weights.count == wanted.count, "\(threads) threads")
      }
    }
  }

  @Test("cost a step no allocation", .enabled(if: AllocationCounter.works, "a sanitizer has the heap for itself"))
  func allocations() async {
    await #expect(processExitsWith: .success) {
      try withTemporaryFolder { folder in
        let splits = try MappedDataTests.images(mapped: true, in: folder)
        let configuration = Runs.configuration(Runs.convolutional, batch: 24, shards: 5, microbatch: 4, steps: 1000)
        for threads in [1, 3] {
          let trainer = try Trainer(RunPlan(configuration, splits: splits, threads: threads))
          for _ in 0..<3 { _ = trainer.takeStep() }
          let allocations = AllocationCounter.count { for _ in 0..<20 { _ = trainer.takeStep() } }
          try #require(allocations == 0, "\(allocations) allocations, \(threads) threads")
        }
      }
    }
  }
}
