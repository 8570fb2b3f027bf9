import Foundation

/// The checkpoints of a run: `step-00000500.safetensors`, named by the steps done, and `best.safetensors`.
///
/// Every save is atomic. The last `keep` saves stay, and the best.
package struct CheckpointStore: Sendable {
  /// The folder, usually `RUN/checkpoints`.
  package let folder: String
  /// How many saves stay, at least 1.
  package let keep: Int

  static let stepKey = "step"
  private static let prefix = "step-"
  private static let suffix = ".safetensors"

  /// The store in `folder`, which the first save creates.
  package init(folder: String, keep: Int) {
    precondition(keep >= 1, "a store that keeps \(keep) checkpoints")
    self.folder = folder
    self.keep = keep
  }

  /// A checkpoint that was found whole.
  package struct Checkpoint: Sendable {
    /// Steps done when it was saved.
    package let step: Int
    /// Its tensors and metadata.
    package let file: SafetensorsFile
  }

  /// The outcome of ``newestValid()``.
  package struct Search: Sendable {
    /// The newest checkpoint that is whole; `nil` if there is none.
    package let checkpoint: Checkpoint?
    /// Newer files that cannot be used, newest first, each with its reason.
    package let rejected: [CheckpointError]
  }

  /// Path of the save after `step` steps.
  package func path(step: Int) -> String {
    let digits = String(step)
    return "\(folder)/\(Self.prefix)\(String(repeating: "0", count: max(0, 8 - digits.count)))\(digits)\(Self.suffix)"
  }

  /// Path of the best weights so far.
  package var bestPath: String { folder + "/best" + Self.suffix }

  /// Saves a checkpoint after `step` steps, then removes old ones. `step` joins the metadata.
  package func save(
    step: Int, tensors: [SafetensorsTensor], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try write(step: step, tensors, metadata, to: path(step: step))
    prune(upTo: step)
  }

  /// Saves the best state so far, in place of the one before.
  package func saveBest(
    step: Int, tensors: [SafetensorsTensor], metadata: [String: String] = [:]
  ) throws(CheckpointError) {
    try write(step: step, tensors, metadata, to: bestPath)
  }

  /// Steps of all saves, whole or not, in ascending order.
  package func steps() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.compactMap { name -> Int? in
      guard name.hasPrefix(Self.prefix), name.hasSuffix(Self.suffix),
        let step = Int(name.dropFirst(Self.prefix.count).dropLast(Self.suffix.count)), step >= 0,
        path(step: step) == folder + "/" + name
      else { return nil }
      return step
    }.sorted()
  }

  /// Looks from the newest save to the oldest for one that is whole: structure and digests are checked.
  package func newestValid() -> Search {
    var rejected: [CheckpointError] = []
    for step in steps().reversed() {
      do throws(CheckpointError) {
        let file = try SafetensorsFile(path: path(step: step))
        guard file.metadata[Self.stepKey] == String(step) else {
          throw CheckpointError(
            path: file.path, found: "its metadata say step \(file.metadata[Self.stepKey] ?? "none"), its name \(step)",
            remedy: "Give the file its own name back")
        }
        return Search(checkpoint: Checkpoint(step: step, file: file), rejected: rejected)
      } catch {
        rejected.append(error)
      }
    }
    return Search(checkpoint: nil, rejected: rejected)
  }

  /// The best state so far; `nil` if none was saved, an error if its file is damaged.
  package func best() throws(CheckpointError) -> Checkpoint? {
    guard FileManager.default.fileExists(atPath: bestPath) else { return nil }
    let file = try SafetensorsFile(path: bestPath)
    guard let text = file.metadata[Self.stepKey], let step = Int(text) else {
      throw CheckpointError(
        path: bestPath, found: "its metadata do not say its step", remedy: "Use a file that a run has saved")
    }
    return Checkpoint(step: step, file: file)
  }

  private func write(
    step: Int, _ tensors: [SafetensorsTensor], _ metadata: [String: String], to path: String
  ) throws(CheckpointError) {
    precondition(step >= 0, "a checkpoint of step \(step)")
    try makeFolder()
    AtomicFile.removeStale(in: folder)
    let metadata = metadata.merging([Self.stepKey: String(step)]) { _, step in step }
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }

  /// Makes the folder, but not the one that it is in: where a run directory was removed, none shall come back.
  private func makeFolder() throws(CheckpointError) {
    guard mkdir(folder, 0o777) == 0 else {
      let code = errno
      var isFolder: ObjCBool = false
      if code == EEXIST, FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) {
        if isFolder.boolValue { return }
        throw CheckpointError(
          path: folder, found: "a file is in the way", remedy: "Choose a folder that you may write to")
      }
      throw CheckpointError(
        path: folder, found: "cannot be created: \(systemMessage(code))", remedy: remedy(for: code))
    }
    try AtomicFile.synchronize(folder: URL(fileURLWithPath: folder).deletingLastPathComponent().path)
  }

  /// Removes all but the last `keep` saves up to `step`.
  ///
  /// Later saves can only be damaged ones that a resume went back behind; if they counted, the good ones would go.
  /// A file that cannot be removed only wastes space.
  private func prune(upTo step: Int) {
    for old in steps().filter({ $0 <= step }).dropLast(keep) {
      try? FileManager.default.removeItem(atPath: path(step: old))
    }
  }
}
