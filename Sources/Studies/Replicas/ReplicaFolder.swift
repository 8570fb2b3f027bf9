import Checkpoints
import Configuration
import Coordinator
import Foundation
import JSON
import Records

/// The directory of several seeds of one config: `config.json`, `summary.json`, and a run directory for each seed, `seed-3`.
package struct ReplicaFolder: Sendable {
  /// What is there of a seed.
  package enum State: Sendable, Equatable {
    /// Nothing from which its run could go on.
    case none
    /// A run that was stopped or killed.
    case begun
    /// A run that is over.
    case ended(RunSummary)
  }

  /// The directory.
  package let path: String
  /// What was there of the seeds when it was opened.
  package let summary: ReplicasSummary
  /// Keeps other processes out.
  private let lock: FolderLock

  /// Makes a new directory.
  ///
  /// - Throws: `RunFolderError` if the path is there and not an empty directory, or cannot be written.
  package init(creating path: String, configuration: RunConfiguration, summary: ReplicasSummary) throws {
    try NewFolder.make(path)
    lock = try RunFolder.lock(path)
    try AtomicFile.write(configuration.json(), to: path + "/" + RunRecord.FileName.configuration)
    self.path = path
    self.summary = summary
    try write(summary)
  }

  /// Opens the directory of seeds that were interrupted.
  ///
  /// - Throws: `RunFolderError` if another process works there; `RecordError` if its summary cannot be read.
  package init(resuming path: String) throws {
    summary = try ReplicasSummary(folder: path)
    lock = try RunFolder.lock(path)
    self.path = path
    AtomicFile.removeStale(in: path)
  }

  /// Replaces `summary.json`.
  package func write(_ summary: ReplicasSummary) throws {
    try requirePlace()
    try AtomicFile.write(JSONText.pretty(summary), to: path + "/" + RunRecord.FileName.summary)
  }

  /// Refuses to go on where the directory was moved or removed.
  package func requirePlace() throws { try lock.requireFolder() }

  /// The name of a seed's run directory.
  package static func name(seed: UInt64) -> String { "seed-\(seed)" }

  /// A seed's run directory.
  package func path(seed: UInt64) -> String { path + "/" + Self.name(seed: seed) }

  /// What is there of a seed.
  package func state(seed: UInt64) -> State {
    let run = path(seed: seed)
    let files = FileManager.default
    if let data = files.contents(atPath: run + "/" + RunRecord.FileName.summary),
      let summary = try? JSONDecoder().decode(RunSummary.self, from: data), summary.outcome != .interrupted
    {
      return .ended(summary)
    }
    let saves = (try? files.contentsOfDirectory(atPath: run + "/" + RunRecord.FileName.checkpoints)) ?? []
    return saves.contains { $0.hasPrefix("step-") } ? .begun : .none
  }

  /// Opens a seed's run directory, where its run goes on, or begins: what a run left that was killed before its first save
  /// is of no use, and removed.
  func open(_ configuration: RunConfiguration) throws -> (folder: RunFolder, goesOn: Bool) {
    try requirePlace()
    let run = path(seed: configuration.seed)
    if state(seed: configuration.seed) == .begun {
      return (try RunFolder(resuming: run, configuration: configuration), true)
    }
    if FileManager.default.fileExists(atPath: run) { try FileManager.default.removeItem(atPath: run) }
    return (try RunFolder(creating: run, configuration: configuration), false)
  }
}
