import Models
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import TestSupport
import Testing

@Suite("Many classes")
struct ManyClassesTests {
  /// Two samples a class of a table, and as few test samples as that.
  private func splits(classes: Int) -> DataSplits {
    func dataset(_ count: Int) -> Dataset {
      Dataset(
        name: "many", shape: .features(4),
        samples: .floats(Buffer((0..<count * 4).map { Float(($0 * 7919) % 101) / 50 - 1 })),
        targets: .classes(Buffer((0..<count).map { Int32($0 % classes) }), count: classes))
    }
    return DataSplits(train: dataset(2 * classes), test: dataset(1000))
  }

  @Test("a summary's size and the predicted memory grow with the classes, not with their square")
  func summary() throws {
    try withTemporaryFolder { folder in
      let configuration = Runs.configuration(.logistic, batch: 500, steps: 2)
      let plan = try RunPlan(configuration, splits: splits(classes: 4000))
      let run = try RunFolder(creating: folder.path + "/run", configuration: configuration)
      let result = try Trainer(plan, folder: run).train()
      #expect(result.evaluation?.classes?.total == 1000)
      let path = run.path + "/summary.json"
      let bytes = try #require(try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int)
      #expect(bytes < 400_000, "\(bytes) bytes")
      let read = try #require(try RunRecord(folder: URL(fileURLWithPath: run.path)).summary)
      #expect(read.classes.counts?.correct == result.evaluation?.classes?.correct)
      #expect(read.confusionMatrix == nil && read.mistakes?.count == 200)
      // A matrix of 4,000 classes alone would take 128 MB.
      #expect(MemoryEstimate(plan).dataBytes < 2_000_000)
    }
  }
}
