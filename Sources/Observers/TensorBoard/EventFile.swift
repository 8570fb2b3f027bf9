import Coordinator
import Foundation
import Protobufs

/// A file of events that is being written, in the directory that TensorBoard names the run by.
final class EventFile {
  /// Whether the directory had none before.
  let isFirst: Bool
  private let path: String
  private let handle: FileHandle

  /// A new file of a directory, which readers take up behind all event files that it has.
  ///
  /// - Throws: `RunFolderError` if it cannot be written.
  convenience init(in folder: String) throws {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter(EventFileName.isOne)
    let process = ProcessInfo.processInfo
    let name = EventFileName.next(
      behind: names, now: Int(Date().timeIntervalSince1970), host: process.hostName, process: process.processIdentifier)
    try self.init(path: folder + "/" + name, isFirst: names.isEmpty)
  }

  /// A file of any name.
  init(path: String, isFirst: Bool = true) throws {
    self.path = path
    self.isFirst = isFirst
    // Not by `FileManager`, which replaces whatever stands there, a device too.
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw RunFolderError(
        path: path, message: "cannot be written (\(String(cString: strerror(errno)))); the run continued without it")
    }
    handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var version = TensorBoardEvent()
    version.fileVersion = "brain.Event:2"
    try write(version)
  }

  /// Adds an event, which readers find at once.
  ///
  /// - Parameter time: when it happened; left out, it is now.
  /// - Throws: `RunFolderError` if the disk is full.
  func write(_ event: TensorBoardEvent, at time: Date = Date()) throws {
    var event = event
    event.wallTime = time.timeIntervalSince1970
    let record = RecordFrame.framed(try event.bytes())
    var end: UInt64?
    do {
      end = try handle.seekToEnd()
      try handle.write(contentsOf: record)
    } catch {
      if let end { try? handle.truncate(atOffset: end) }
      throw RunFolderError(
        path: path, message: "cannot be written (\(RunFolder.reason(error))); the run continued without it")
    }
  }

  /// Adds values of a step.
  func write(_ values: [TensorBoardSummary.Value], step: Int, at time: Date = Date()) throws {
    guard !values.isEmpty else { return }
    var event = TensorBoardEvent()
    event.step = Int64(step)
    event.summary.value = values
    try write(event, at: time)
  }
}
