import Checkpoints
import Configuration
import Foundation
import Records

/// A run directory while its run goes on: config, metrics, checkpoints, weights, summary.
///
/// Files other than the metrics are replaced as a whole, so that whoever reads them never sees half of one.
public final class RunFolder {
  /// The directory.
  public let path: String
  /// The saves of the run.
  public let checkpoints: CheckpointStore
  private let metrics: FileHandle
  private var pending: [MetricsLine] = []
  private var lastFlush = Date()

  /// Makes a new run directory.
  ///
  /// - Throws: ``RunFolderError`` if the path is there and not an empty directory, or cannot be written.
  public convenience init(creating path: String, configuration: RunConfiguration) throws {
    try Self.makeEmptyDirectory(path)
    try AtomicFile.write(configuration.json(), to: path + "/" + RunRecord.FileName.configuration)
    try self.init(path: path, keep: configuration.checkpoint.keep)
  }

  /// Makes a directory; one that is there must be empty.
  ///
  /// - Throws: ``RunFolderError`` if the path is there and not an empty directory, or cannot be written.
  package static func makeEmptyDirectory(_ path: String) throws {
    let manager = FileManager.default
    var isDirectory: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isDirectory) {
      let content = isDirectory.boolValue ? try? manager.contentsOfDirectory(atPath: path) : nil
      guard let content, content.isEmpty else {
        throw RunFolderError(
          path: path,
          message: "exists and is not an empty directory; runs never overwrite: choose another --out, "
            + "or go on with the run there by --resume", isUsage: true)
      }
    }
    do {
      try manager.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw RunFolderError(path: path, message: "cannot be made (\(Self.reason(error))); choose another --out")
    }
  }

  /// Opens the directory of an interrupted run.
  ///
  /// - Throws: ``RunFolderError`` if it is no run directory.
  public convenience init(resuming path: String, configuration: RunConfiguration) throws {
    guard FileManager.default.fileExists(atPath: path + "/" + RunRecord.FileName.metrics) else {
      throw RunFolderError(
        path: path, message: "has no metrics.jsonl, so it is no run directory; give the one that train named",
        isUsage: true)
    }
    try self.init(path: path, keep: configuration.checkpoint.keep)
  }

  private init(path: String, keep: Int) throws {
    self.path = path
    let file = path + "/" + RunRecord.FileName.metrics
    if !FileManager.default.fileExists(atPath: file) {
      guard FileManager.default.createFile(atPath: file, contents: nil) else {
        throw RunFolderError(path: file, message: "cannot be written; choose another --out")
      }
    }
    guard let handle = FileHandle(forWritingAtPath: file) else {
      throw RunFolderError(path: file, message: "cannot be opened for writing; check its permissions")
    }
    metrics = handle
    pending.reserveCapacity(4096)
    checkpoints = CheckpointStore(folder: path + "/" + RunRecord.FileName.checkpoints, keep: keep)
    AtomicFile.removeStale(in: path)
    AtomicFile.removeStale(in: checkpoints.folder)
  }

  deinit { try? metrics.close() }

  /// Replaces `config.json`: the run goes on with a change that the config knows of.
  public func write(_ configuration: RunConfiguration) throws {
    try AtomicFile.write(configuration.json(), to: path + "/" + RunRecord.FileName.configuration)
  }

  /// Drops the metrics of steps after `step`, which the run is about to take again, and appends from there.
  func rewindMetrics(to step: Int) throws {
    let file = path + "/" + RunRecord.FileName.metrics
    let log = MetricsLog(contents: FileManager.default.contents(atPath: file) ?? Data())
    let kept = log.lines.filter { $0.step <= step }.map { JSONText.line($0) + "\n" }
    do {
      try metrics.truncate(atOffset: 0)
      try metrics.write(contentsOf: Data(kept.joined().utf8))
      try metrics.synchronize()
    } catch {
      throw RunFolderError(path: file, message: "cannot be written (\(Self.reason(error)))")
    }
  }

  /// Notes a line; it reaches the file within a second, or with ``flush()``.
  func log(_ line: MetricsLine) throws {
    pending.append(line)
    if pending.count == 4096 || lastFlush.timeIntervalSinceNow < -1 { try flush() }
  }

  /// Writes all noted lines.
  func flush() throws {
    lastFlush = Date()
    guard !pending.isEmpty else { return }
    let text = pending.map { JSONText.line($0) + "\n" }.joined()
    pending.removeAll(keepingCapacity: true)
    do {
      try metrics.seekToEnd()
      try metrics.write(contentsOf: Data(text.utf8))
    } catch {
      throw RunFolderError(
        path: path + "/" + RunRecord.FileName.metrics,
        message: "cannot be written (\(Self.reason(error))); free space on its disk, then go on with --resume \(path)")
    }
  }

  static func reason(_ error: any Error) -> String {
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

  package init(path: String, message: String, isUsage: Bool = false) {
    self.path = path
    self.message = message
    self.isUsage = isUsage
  }

  public var description: String { "\(path): \(message)" }
}
