import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Kernels
import Keys
import Models
import Records

/// A failure bundle, from which the step that failed is computed again: on any machine, without the data.
package struct FailureBundle {
  /// The folder.
  package let folder: String
  /// What the run found.
  package let record: FailureRecord
  private let threads: Int?

  /// The bundle at a path: the folder itself, or a run directory that has one. `nil` if there is none.
  ///
  /// - Throws: ``ReplayError`` if it cannot be read.
  package init?(at path: String, threads: Int? = nil) throws {
    let folders = [path, path + "/" + FailureRecord.FileName.folder]
    guard
      let folder = folders.first(where: {
        FileManager.default.fileExists(atPath: $0 + "/" + FailureRecord.FileName.record)
      })
    else { return nil }
    self.folder = folder
    self.threads = threads
    let file = folder + "/" + FailureRecord.FileName.record
    guard let text = FileManager.default.contents(atPath: file) else {
      throw ReplayError(path: file, message: "cannot be read; check its permissions")
    }
    do {
      record = try JSONDecoder().decode(FailureRecord.self, from: text)
    } catch {
      throw ReplayError(
        path: file, message: "is not the record of a failure that this version can read; copy the bundle again")
    }
    try check(file)
  }

  /// Refuses sizes that nothing can be made of.
  private func check(_ file: String) throws {
    let data = record.data
    let limit = 1 << 31
    guard [1, 3].contains(data.shape.count), data.shape.allSatisfy({ 1..<limit ~= $0 }),
      1..<limit ~= data.shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).overflow ? 0 : $0 * $1 }),
      [data.trainingSamples, data.testSamples, data.validationSamples ?? 1].allSatisfy({ 1..<limit ~= $0 }),
      1..<limit ~= (data.classNames?.count ?? data.width ?? 0), 0...(1 << 53) ~= record.step
    else {
      throw ReplayError(path: file, message: "gives the data a size that no run has; copy the bundle again")
    }
  }

  /// Whether there is a microbatch to compute.
  package var hasSamples: Bool { record.set != nil }

  /// A trainer that stands before the step, with the bundle's samples where the data were.
  package func trainer() throws -> Trainer {
    let path = folder + "/" + FailureRecord.FileName.configuration
    guard let text = FileManager.default.contents(atPath: path) else {
      throw ReplayError(path: path, message: "cannot be read; copy the bundle again")
    }
    let configuration = try RunConfiguration.decode(
      text, file: path, overrides: [Override("data.augment=[]"), Override("evaluate.batchNormSamples=null")])
    let plan = try RunPlan(configuration, splits: splits(), threads: threads)
    let weights = try SafetensorsFile(path: folder + "/" + FailureRecord.FileName.weightsBefore)
    try check(weights, plan.network)
    let trainer = try Trainer(plan)
    try trainer.restore(weights)
    return trainer
  }

  /// Refuses a network that is larger than its weights before its memory is taken: a record may give data any shape.
  private func check(_ weights: SafetensorsFile, _ network: Network) throws {
    let parameters = network.tensors.reduce(0) { $0 + $1.count }
    let held = weights.entries.reduce(0) { Int.saturatingSum($0, $1.count) }
    guard held >= parameters else {
      throw ReplayError(
        path: weights.path,
        message: "holds \(held) numbers; the network of \(FailureRecord.FileName.record) has \(parameters) parameters. "
          + "Copy the bundle again")
    }
  }

  private func splits() throws -> DataSplits {
    let samples = folder + "/" + FailureRecord.FileName.samples
    let file = hasSamples ? try SafetensorsFile(path: samples) : nil
    func set(_ set: FailureRecord.SampleSet, _ count: Int) throws -> RecordedSamples {
      try RecordedSamples(
        name: record.name, count: count, data: record.data, file: record.set == set ? file : nil)
    }
    return DataSplits(
      train: try set(.training, record.data.trainingSamples),
      validation: try record.data.validationSamples.map { try set(.validation, $0) },
      test: try set(.test, record.data.testSamples))
  }

  /// Whether this machine rounds as the run's did; where it does not, in words.
  package var differences: [String] {
    let here = Rounding.here(Rounding.isPortable(kernels: record.kernels) ? .portable : .machine)
    return here.differences(fromKernels: record.kernels, blas: record.blasCore)
  }
}
