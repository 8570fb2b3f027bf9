import Checkpoints
import Configuration
import Foundation
import JSON
import Records

/// A run directory while its run goes on: config, checkpoints, weights, summary; observers add their own files.
///
/// Files are replaced as a whole, so that whoever reads them never sees half of one.
package final class RunFolder {
  /// The directory.
  package let path: String
  /// The saves of the run.
  package let checkpoints: CheckpointStore
  private let lock: FolderLock

  /// Makes a new run directory.
  ///
  /// - Throws: ``RunFolderError`` if the path is there and not an empty directory, or cannot be written.
  package init(creating path: String, configuration: RunConfiguration) throws {
    try NewFolder.make(path)
    lock = try Self.lock(path)
    try AtomicFile.write(configuration.json(), to: path + "/" + RunRecord.FileName.configuration)
    let file = path + "/" + RunRecord.FileName.metrics
    guard FileManager.default.createFile(atPath: file, contents: nil) else {
      throw RunFolderError(path: file, message: "cannot be written; choose another --out")
    }
    self.path = path
    checkpoints = Self.store(path, configuration)
  }

  /// Opens the directory of an interrupted run, and keeps other processes out of it.
  ///
  /// - Throws: ``RunFolderError`` if it is not a run directory, or another process is working there.
  package init(resuming path: String, configuration: RunConfiguration) throws {
    let file = path + "/" + RunRecord.FileName.metrics
    guard FileManager.default.fileExists(atPath: file) else {
      throw RunFolderError(
        path: path, message: "has no metrics.jsonl, so it is not a run directory",
        remedy: "give the one that train named", isUsage: true, isDamage: true)
    }
    lock = try Self.lock(path)
    self.path = path
    checkpoints = Self.store(path, configuration)
    AtomicFile.removeStale(in: path)
    AtomicFile.removeStale(in: checkpoints.folder)
  }

  private static func store(_ path: String, _ configuration: RunConfiguration) -> CheckpointStore {
    CheckpointStore(folder: path + "/" + RunRecord.FileName.checkpoints, keep: configuration.checkpoint.keep)
  }

  /// Takes the directory for this process.
  ///
  /// - Throws: ``RunFolderError`` if another one is working there.
  package static func lock(_ path: String) throws -> FolderLock {
    do {
      return try FolderLock(folder: path)
    } catch let error as FolderInUse {
      throw RunFolderError(path: path, message: String(error.description.dropFirst(path.count + 2)))
    }
  }

  /// Refuses to go on where the directory was moved or removed: no file may be written in its place.
  ///
  /// - Throws: `CheckpointError` naming the directory.
  package func requirePlace() throws { try lock.requireFolder() }

  /// Replaces `config.json`: the run goes on with a change that the config knows of.
  package func write(_ configuration: RunConfiguration) throws {
    try AtomicFile.write(configuration.json(), to: path + "/" + RunRecord.FileName.configuration)
  }

  /// What the system says of a failed call.
  package static func reason(_ error: any Error) -> String {
    let error = error as NSError
    if let below = error.userInfo[NSUnderlyingErrorKey] as? NSError, below.domain == NSPOSIXErrorDomain {
      return String(cString: strerror(Int32(below.code)))
    }
    if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
    return error.localizedDescription
  }
}

/// A run directory that cannot be used; exit code 1, or 2 where the path itself is wrong.
public struct RunFolderError: Error, CustomStringConvertible {
  public let path: String
  public let message: String
  /// Whether the path itself was the mistake.
  public let isUsage: Bool
  /// Whether files of the run itself are missing or damaged.
  package let isDamage: Bool
  /// What was found, without what to do about it.
  package let finding: String

  /// - Parameter remedy: what to do, where it is apart from the message, which it then ends.
  package init(
    path: String, message: String, remedy: String = "", isUsage: Bool = false, isDamage: Bool = false
  ) {
    self.path = path
    finding = message
    self.message = message + (remedy.isEmpty ? "" : (message.contains("\n") ? "\n  " : "; ") + remedy)
    self.isUsage = isUsage
    self.isDamage = isDamage
  }

  public var description: String { "\(path): \(message)" }
}
