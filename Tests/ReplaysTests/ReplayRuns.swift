import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Observers
import Replays

/// Small runs on samples in memory, for replays of their steps and failures.
enum ReplayRuns {
  /// Pictures of 6 × 6 pixels of three classes, some of which a test may change.
  static func pictures(count: Int = 60, _ change: (inout [Float], inout [Int32]) -> Void = { _, _ in }) -> DataSplits {
    func set(_ purpose: UInt32, _ change: (inout [Float], inout [Int32]) -> Void) -> Dataset {
      let random = Philox(seed: 11, purpose: .initialization)
      var labels = (0..<count).map { Int32($0 * 7 % 3) }
      var values = (0..<count * 36).map { index -> Float in
        let word = random.block(purpose, UInt32(index), 0).x
        return Float(word >> 8) / Float(1 << 24) + (index % 36 % 3 == Int(labels[index / 36]) ? 0.5 : 0)
      }
      change(&values, &labels)
      return Dataset(
        name: "pictures", shape: .image(height: 6, width: 6, channels: 1), samples: .floats(Buffer(values)),
        targets: .classes(Buffer(labels), count: 3))
    }
    return DataSplits(train: set(1, change), test: set(2) { _, _ in })
  }

  /// A regression on a single feature.
  static func line(_ inputs: [Float], _ targets: [Float]) -> DataSplits {
    let set = Dataset(
      name: "line", shape: .features(1), samples: .floats(Buffer(inputs)), targets: .values(Buffer(targets), width: 1))
    return DataSplits(train: set, test: set)
  }

  /// A config for either; `model` is a list of layers.
  static func configuration(_ model: String, steps: Int = 6, batch: Int = 20, _ more: String = "") throws
    -> RunConfiguration
  {
    try RunConfiguration.decode(
      """
      { "name": "replayed", "seed": 5, "data": { "dataset": "digits" }, "model": { "layers": [ \(model) ] },
        "batch": { "size": \(batch), "shards": 2, "microbatch": 5 }, "steps": \(steps),
        "checkpoint": { "everySteps": 4, "keep": 5 } \(more) }
      """, file: "test")
  }

  static let dense =
    #"{ "type": "flatten" }, { "type": "dense", "units": 8 }, { "type": "relu" }, { "type": "dense", "units": 3 }"#

  /// Convolutions, batch norm, blocks, dropout: everything that keeps state or is random.
  static let deep = """
    { "type": "conv2d", "channels": 4, "kernel": 3, "padding": 1 }, { "type": "batchNorm" }, { "type": "relu" },
    { "type": "residual", "body": [ { "type": "conv2d", "channels": 4, "kernel": 3, "padding": 1 }, { "type": "batchNorm" } ],
      "shortcut": [] }, { "type": "relu" }, { "type": "dropout", "rate": 0.3 }, { "type": "flatten" },
    { "type": "dense", "units": 3 }
    """

  /// Trains, and leaves all records.
  @discardableResult
  static func train(
    _ configuration: RunConfiguration, _ splits: DataSplits, in folder: String, threads: Int = 2,
    trapping: Bool = false,
    prepare: (Trainer) throws -> Void = { _ in }
  ) throws -> RunResult {
    let plan = try RunPlan(configuration, splits: splits, threads: threads)
    let trainer = try Trainer(plan, recordingIn: RunFolder(creating: folder, configuration: plan.configuration))
    trainer.trapsNotFinite = trapping
    try prepare(trainer)
    return try trainer.train()
  }

  /// Opens such a run.
  static func open(_ folder: String, _ splits: DataSplits, threads: Int = 2) throws -> RecordedRun {
    try RecordedRun(folder: folder, threads: threads) { _ in splits }
  }
}
