import Gradients
import Keys
import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Records
import TestSupport
import Testing

/// A whole run of a config, computed with PyTorch in double precision by Golden/trajectories/make_trajectories.py.
struct GoldenTrajectory {
  /// What the script says of the run, beside its tensors.
  struct Record: Decodable {
    /// As a user would write it.
    var config: String
    /// Values of `batch.shards` that must give the same run, up to rounding.
    var shards: [Int]
    /// Of every step: the batch's mean loss, η, and the batch's samples.
    var losses: [Double]
    var learningRates: [Double]
    var batches: [Int]
    /// As in `summary.json`.
    var trainLoss: Double
    var testLoss: Double
    var testAccuracy: Double?
  }

  let record: Record
  /// Weights before and after, running statistics, the optimizer's vectors, and samples.
  let file: SafetensorsFile

  init(_ name: String) throws {
    let url = try #require(
      Bundle.module.url(
        forResource: name, withExtension: "safetensors", subdirectory: "Golden/trajectories"))
    file = try SafetensorsFile(path: url.path)
    let text = try #require(file.metadata["trajectory"])
    record = try JSONDecoder().decode(Record.self, from: Data(text.utf8))
  }

  /// The config, decoded, with other numbers of shards and threads.
  func configuration(shards: Int, threads: Int) throws -> RunConfiguration {
    try RunConfiguration.decode(
      record.config, file: "trajectory.json",
      overrides: [Override("batch.shards=\(shards)"), Override("threads=\(threads)")])
  }

  /// The samples that the config names: tensors of the file, or a data set of the package.
  func splits(_ configuration: RunConfiguration) throws -> DataSplits {
    guard let source = configuration.data.source.kind as? NPYSource else {
      return try DatasetLoader.load(configuration.data, seed: configuration.seed)
    }
    return DataSplits(train: try dataset(source.train), test: try dataset(source.test))
  }

  private func dataset(_ names: ImageLabelPaths) throws -> Dataset {
    let shape = try #require(file.entry(names.inputs)).shape
    let targets = try #require(file.entry(names.labels))
    return Dataset(
      name: names.inputs,
      shape: shape.count == 4
        ? .image(height: shape[1], width: shape[2], channels: shape[3]) : .features(shape[1]),
      samples: .floats(Buffer(try file.floats(names.inputs))),
      targets: targets.shape.count == 2
        ? .values(Buffer(try file.floats(names.labels)), width: targets.shape[1])
        : .classes(Buffer(try file.integers(names.labels).map(Int32.init)), count: 5))
  }

  /// Names of the weights, running statistics and optimizer vectors that the run ends with, as in a checkpoint.
  var finalNames: [String] {
    file.entries.map(\.name).filter { $0.hasPrefix("after.") }.map { String($0.dropFirst("after.".count)) }
  }
}

/// What a run of Isotherm left.
struct TrainedTrajectory {
  var steps: [StepRecord] = []
  var result: RunResult
  /// Every tensor of the last checkpoint: weights, running statistics and the optimizer's vectors.
  var tensors: [String: [Float]]

  /// Trains from the trajectory's first weights, through the loop that the command runs, with a run directory.
  init(_ golden: GoldenTrajectory, shards: Int, threads: Int) throws {
    let configuration = try golden.configuration(shards: shards, threads: threads)
    let plan = try RunPlan(configuration, splits: golden.splits(configuration))
    (steps, result, tensors) = try withTemporaryFolder { temporary in
      let folder = try RunFolder(creating: temporary.path + "/run", configuration: configuration)
      let trainer = try Trainer(plan, folder: folder)
      try trainer.loadWeights(from: golden.file.path, prefix: "before.")
      var steps: [StepRecord] = []
      let result = try trainer.train { event in
        if case .step(let step) = event { steps.append(step) }
      }
      let saved = try #require(folder.checkpoints.newestValid().checkpoint)
      try #require(saved.step == steps.count)
      let names = saved.file.entries.filter { $0.type == .float32 }.map(\.name)
      let tensors = try names.map { ($0, try saved.file.floats($0)) }
      return (steps, result, Dictionary(uniqueKeysWithValues: tensors))
    }
  }

  /// All that must be the same for every number of threads, to the bit.
  var bits: [String: [UInt64]] {
    var bits = tensors.mapValues { $0.map { UInt64($0.bitPattern) } }
    bits["losses"] = steps.map(\.loss.bitPattern)
    bits["learning rates"] = steps.map(\.learningRate.bitPattern)
    bits["gradient norms"] = steps.map(\.gradient.squaredNorm.bitPattern)
    bits["test loss"] = [result.summary.testLoss?.bitPattern ?? 0]
    return bits
  }
}
