import Checkpoints
import Configuration
import Coordinator
import Datasets
import Foundation
import Keys
import Records

/// A run directory from which any step of the run can be computed again, to the bit: its config, its data and its
/// checkpoints. The directory is only read.
///
/// ```swift
/// let run = try RecordedRun(folder: "runs/digits")
/// let trainer = try run.trainer(after: 41)  // weights, optimizer state and progress as after step 41
/// let step = trainer.takeStep()             // step 42
/// ```
package struct RecordedRun {
  /// The run directory.
  package let folder: String
  /// The saves that are there.
  package let checkpoints: CheckpointStore
  /// All sets that the run trained and was measured on.
  package let splits: DataSplits
  /// As `config.json` has it, with the overrides.
  package let configuration: RunConfiguration
  private let threads: Int?
  /// The usable saves, in order.
  private let saves: [Save]

  private struct Save {
    var step: Int
    var file: SafetensorsFile
    var progress: RunProgress
    var configuration: RunConfiguration
  }

  /// Opens a run directory and loads its data.
  ///
  /// - Parameters:
  ///   - overrides: where data lie now (`data.path`), if they were moved.
  ///   - threads: T; the bits do not depend on it.
  ///   - load: loads the data of a config; left out, without telling anybody how far it is.
  /// - Throws: ``ReplayError`` if it is not a run directory, `ConfigurationError`, `DataError`.
  package init(
    folder: String, overrides: [Override] = [], threads: Int? = nil,
    load: (RunConfiguration) throws -> DataSplits = { try RunData.load($0) }
  ) throws {
    let file = folder + "/" + RunRecord.FileName.configuration
    guard let text = FileManager.default.contents(atPath: file) else {
      throw ReplayError(
        path: folder,
        message:
          "has no readable \(RunRecord.FileName.configuration), so it is not a run directory; give one that train left")
    }
    configuration = try RunConfiguration.decode(text, file: file, overrides: overrides)
    self.folder = folder
    self.threads = threads
    let checkpoints = CheckpointStore(
      folder: folder + "/" + RunRecord.FileName.checkpoints, keep: configuration.checkpoint.keep)
    self.checkpoints = checkpoints
    saves = checkpoints.steps().compactMap { step in
      guard let file = try? SafetensorsFile(path: checkpoints.path(step: step)),
        let progress = try? RunProgress(of: file), progress.step == step,
        let saved = try? ModelMetadata(of: file).configuration,
        let own = try? RunConfiguration.decode(saved.json(), file: file.path, overrides: overrides)
      else { return nil }
      return Save(step: step, file: file, progress: progress, configuration: own)
    }
    splits = try load(configuration)
  }

  /// The config with which the run took step number `step`, counted from 1: that of the first save from there on, since
  /// a run that was made longer has changed its own on the way.
  package func configuration(ofStep step: Int) -> RunConfiguration {
    saves.first { $0.step >= step }?.configuration ?? configuration
  }

  /// The plan of the run as it was at step number `step`, counted from 1.
  package func plan(ofStep step: Int) throws -> RunPlan {
    try RunPlan(configuration(ofStep: step), splits: splits, threads: threads)
  }

  /// The newest usable save of at most `steps` steps; `nil` where only the beginning of the run is left.
  package func checkpoint(upTo steps: Int) -> SafetensorsFile? { saves.last { $0.step <= steps }?.file }

  /// Where the run stood at its last usable save.
  package var lastProgress: RunProgress? { saves.last?.progress }

  /// A trainer that stands where the run stood after `steps` steps, computed from the nearest save, or from the
  /// beginning of the run.
  ///
  /// - Parameter progress: hears after every step how many are taken, on the calling thread.
  /// - Throws: ``ReplayError`` if the run has fewer steps, diverged before, or began with weights that are not there.
  package func trainer(after steps: Int, progress: (Int) throws -> Void = { _ in }) throws -> Trainer {
    let trainer = try trainer(from: checkpoint(upTo: steps), plan: plan(ofStep: steps + 1))
    guard steps <= trainer.plan.steps else {
      throw ReplayError(path: folder, message: "found step \(steps), but the run has \(trainer.plan.steps)")
    }
    while trainer.progress.step < steps {
      guard trainer.takeStep() != nil else {
        throw ReplayError(
          path: folder,
          message: "diverges in step \(trainer.progress.step + 1), so there is none after it; ask for that one")
      }
      try progress(trainer.progress.step)
    }
    return trainer
  }

  /// A trainer that stands where a save does, or, without one, at the beginning of the run.
  package func trainer(from checkpoint: SafetensorsFile?, plan: RunPlan) throws -> Trainer {
    let trainer = try Trainer(plan)
    if let checkpoint {
      try trainer.restore(checkpoint)
    } else if let record = saves.first?.progress.initializedFrom {
      try begin(trainer, with: record)
    }
    return trainer
  }

  private func begin(_ trainer: Trainer, with record: InitialWeightsRecord) throws {
    let digest = try? SafetensorsFile(path: record.file).sha256()
    guard digest == record.sha256 else {
      throw ReplayError(
        path: record.file,
        message: (digest == nil ? "cannot be read" : "is not the file that it was")
          + ", and the run began with its weights (--init); put it back, or ask for a step behind the first checkpoint")
    }
    try trainer.initialize(from: record.file, isPartial: !record.tensorsLeft.isEmpty)
  }
}

/// A run, or what it left, from which nothing can be computed again; exit code 2.
package struct ReplayError: Error, CustomStringConvertible {
  package let path: String
  package let message: String

  package init(path: String, message: String) {
    self.path = path
    self.message = message
  }

  package var description: String { "\(path): \(message)" }
}
