import Checkpoints
import Configuration
import Datasets
import JSON
import Kernels
import Models
import Optimizers
import Records

extension Trainer {
  /// Goes back to the newest save of the run directory that is whole, and forgets what came after it.
  ///
  /// A save names the data, the config and the kernels that it was made with: with others the run would not end with
  /// the bits of one that was never stopped.
  ///
  /// What a resumed run may change (`ResumableKeys`) is no such change: the run goes on with it, and if it has steps left
  /// by it that it had not, it goes on although it was over.
  ///
  /// - Parameter acceptingChanges: goes on all the same; the changes are noted in every later save and in the summary.
  /// - Returns: remarks: what was wrong with newer saves, and what changed.
  /// - Throws: ``RunFolderError`` if there is no save that is whole, or something changed that was not accepted.
  package func resume(acceptingChanges: Bool = false) throws -> [String] {
    guard let folder else { return [] }
    let found = try resumption(of: folder.path, acceptingChanges: acceptingChanges)
    var saved = found.progress
    try restore(found.file, saved)
    saved.acceptedChanges += found.changes.map { "from step \(saved.step + 1) on: \($0)" }
    progress = saved
    resumedFromStep = saved.step
    lastSavedStep = saved.step
    return found.rejected.map { "not used: \($0)" } + [loadBest()].compactMap(\.self)
      + found.changes.map { "accepted: \($0)" } + found.remarks
  }

  /// Where the run in a directory would go on, and what is no longer as it was; nothing is written or loaded.
  ///
  /// - Throws: as ``resume(acceptingChanges:)`` does.
  package func resumption(of path: String, acceptingChanges: Bool) throws -> Resumption {
    let store = CheckpointStore(
      folder: path + "/" + RunRecord.FileName.checkpoints, keep: plan.configuration.checkpoint.keep)
    let search = store.newestValid()
    guard let file = search.checkpoint?.file else {
      throw RunFolderError(
        path: path,
        message: "has no usable checkpoint" + search.rejected.map { "\n  \($0)" }.joined(),
        remedy: "start a new run with train CONFIG", isDamage: true)
    }
    var saved = try RunProgress(of: file)
    let before = configuration(of: file)
    let keys = before.map { plan.configuration.changedKeys(from: $0) } ?? []
    let allowed = keys.filter { ResumableKeys.contains($0.path) }
    let changes = changes(since: file) + keys.filter { !ResumableKeys.contains($0.path) }.map(\.description)
    let remarks = try before.map { try extend(&saved, of: path, from: $0, allowed) } ?? []
    guard changes.isEmpty || acceptingChanges else {
      throw RunFolderError(
        path: path,
        message: "the run there was made with something else:" + changes.map { "\n  \($0)" }.joined()
          + "\n  put that back, or continue with --accept-changes: the result is then not that of an undisturbed run",
        isUsage: true)
    }
    return Resumption(
      file: file, progress: saved, rejected: search.rejected, changes: changes, remarks: remarks)
  }

  /// Puts weights, optimizer state and progress back as a checkpoint of this plan's network has them.
  ///
  /// - Throws: `CheckpointError` naming what is missing in it or of another shape.
  package func restore(_ file: SafetensorsFile) throws(CheckpointError) { try restore(file, RunProgress(of: file)) }

  private func restore(_ file: SafetensorsFile, _ saved: RunProgress) throws(CheckpointError) {
    try loadWeights(ofCheckpoint: file)
    for (name, vector) in zip(plan.update.stateNames, update.vectors) {
      try plan.network.load(file, prefix: name + ".", into: vector.view)
    }
    progress = saved
    if let receipt = saved.receipt { receipts?.state = receipt }
  }

  /// What differs between this trainer and the one that wrote a checkpoint, in words; what an older program's
  /// checkpoint does not name counts as the same.
  package func changes(since file: SafetensorsFile) -> [String] {
    var changes = rounding.differences(
      fromKernels: file.metadata[MetadataKey.kernels], blas: file.metadata[MetadataKey.blas])
    if let digest = file.metadata[MetadataKey.data], digest != dataSHA256 {
      changes.append("data: the samples or their targets are not those that the run began with")
    }
    return changes
  }

  /// How this trainer's numbers are rounded.
  var rounding: Rounding { .here(plan.configuration.arithmetic) }

  /// The config that a checkpoint was made with.
  private func configuration(of file: SafetensorsFile) -> RunConfiguration? {
    file.metadata[ModelMetadata.Key.configuration].flatMap { try? RunConfiguration.decode($0, file: file.path) }
  }

  /// What a checkpoint says of its run beside the tensors.
  func metadata() -> [String: String] {
    progress.receipt = receipts?.state
    return modelMetadata.merging(
      [
        "isotherm.seed": String(plan.configuration.seed),
        MetadataKey.kernels: rounding.kernels,
        MetadataKey.blas: rounding.blas,
        MetadataKey.data: dataSHA256,
        "isotherm.progress": JSONText.state(progress),
      ]
    ) { _, new in new }
  }

  private enum MetadataKey {
    static let kernels = "isotherm.kernels"
    static let blas = "isotherm.blas"
    static let data = "isotherm.data.sha256"
  }
}

extension RunProgress {
  /// Where the run stood that saved a checkpoint.
  package init(of file: SafetensorsFile) throws(CheckpointError) {
    guard let text = file.metadata["isotherm.progress"], let saved = try? JSONText.state(Self.self, from: text) else {
      throw CheckpointError(
        path: file.path, found: "no readable isotherm.progress in the metadata",
        remedy: "only checkpoints of a run can be resumed; use --init for weights alone")
    }
    self = saved
  }
}

/// A save from which a run can go on.
package struct Resumption {
  let file: SafetensorsFile
  /// Where the run stands.
  package let progress: RunProgress
  /// Newer saves that cannot be used.
  package let rejected: [CheckpointError]
  /// What differs from the run that made the save, and was accepted.
  package let changes: [String]
  /// How the run goes on with what a resumed run may change.
  package let remarks: [String]
}

extension DataSplits {
  /// SHA-256 over the content of all sets: training, validation, test.
  package var sha256: String {
    let hasher = SHA256Hasher()
    for source in [train, validation, test].compactMap(\.self) { source.readContent { hasher.update($0) } }
    return hasher.hex()
  }
}
