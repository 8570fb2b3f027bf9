import Foundation

/// Keeps a second process out of a run directory: a file `run.lock` in it, locked by the system as long as its holder
/// lives, however that ends, with the holder's process number, host and start in it for whoever is kept out.
///
/// A lock that a killed process left behind is free again, so it is told from a living one without a guess. Only on a
/// file system without locks does the file's text decide: a holder on this host counts while a process of its number
/// and start is there, one on another host always does.
package final class FolderLock: Sendable {
  /// Its name in the folder.
  package static let fileName = "run.lock"

  /// Who holds a folder.
  package struct Holder: Codable, Sendable, Equatable {
    /// Its process number.
    package var process: Int32
    /// Its machine's name.
    package var host: String
    /// When it took the lock, ISO 8601.
    package var since: String
    /// When the process began, in the system's clock ticks since boot: a number used again has another start.
    package var started: UInt64?
  }

  private let file: OpenFile
  private let folder: String
  /// The folder itself, wherever its path leads by now; `nil` where it may not be read.
  private let opened: OpenFile?

  /// Takes the folder's lock.
  ///
  /// - Throws: ``FolderInUse`` if a process that lives holds it; `CheckpointError` if the file cannot be written.
  package init(folder: String) throws {
    let path = folder + "/" + Self.fileName
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else {
        let code = errno
        throw CheckpointError(
          path: path, found: "cannot be created: \(systemMessage(code))", remedy: remedy(for: code))
      }
      let file = OpenFile(path: path, descriptor: descriptor)
      let outcome = file.tryLock()
      let holder = try Self.holder(in: file)
      if outcome == .held || outcome == .unsupported && holder.map(Self.lives) == true {
        throw FolderInUse(folder: folder, holder: holder)
      }
      // Its last holder removes the file: between `open` and the lock it may have lost its name.
      guard try file.hasName() else { continue }
      UnfinishedFiles.add(path)
      self.file = file
      self.folder = folder
      // After the file was made in it: on some layered file systems the folder is another one from then on.
      opened = OpenFile.folder(folder)
      try file.replaceContents(Array(JSONEncoder().encode(Self.current)))
      return
    }
  }

  /// Whether a process holds a folder, looked at from outside; also where the system cannot tell.
  package static func isHeld(folder: String) -> Bool {
    let descriptor = open(folder + "/" + fileName, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    // Shared, and given back at once: two that look do not see one another.
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }

  deinit {
    // Whoever moved the folder may have another one in its place, with a lock of its own.
    if let opened { opened.removeEntry(Self.fileName) } else { unlink(file.path) }
    UnfinishedFiles.remove(file.path)
  }

  /// Refuses to go on where the folder is no longer at its path: what is written there would not be in it.
  ///
  /// - Throws: ``CheckpointError`` naming the folder, and where it is now if the system can tell.
  package func requireFolder() throws(CheckpointError) {
    guard let opened, try !opened.isAt(folder) else { return }
    guard try opened.hasName() else {
      throw CheckpointError(
        path: folder, found: "was removed while it was in use, with all that was saved in it",
        remedy: "Start again, into another folder")
    }
    guard let present = opened.presentPath else {
      throw CheckpointError(
        path: folder, found: "was moved or removed while it was in use",
        remedy: "If it was moved, continue with --resume where it is now")
    }
    throw CheckpointError(
      path: folder, found: "was moved while it was in use, and is \(present) now",
      remedy: "Go on there: --resume \(present)")
  }

  private static var current: Holder {
    let process = ProcessInfo.processInfo
    return Holder(
      process: process.processIdentifier, host: process.hostName, since: Date().formatted(.iso8601),
      started: startTicks(ofProcess: process.processIdentifier))
  }

  /// `nil` while the holder has not written it yet.
  private static func holder(in file: OpenFile) throws -> Holder? {
    let bytes = try file.read(min(4096, file.byteCount()), at: 0)
    return try? JSONDecoder().decode(Holder.self, from: Data(bytes))
  }

  private static func lives(_ holder: Holder) -> Bool {
    guard holder.host == ProcessInfo.processInfo.hostName else { return true }
    guard kill(holder.process, 0) == 0 || errno == EPERM else { return false }
    return holder.started == startTicks(ofProcess: holder.process)
  }

  /// Field 22 of proc(5)'s `stat`; `nil` where there is no such file. Names may hold blanks and parentheses.
  private static func startTicks(ofProcess process: Int32) -> UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
      let end = text.lastIndex(of: ")")
    else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }
}

/// A folder that another process works in.
package struct FolderInUse: Error, CustomStringConvertible {
  package let folder: String
  /// `nil` if it has only just begun.
  package let holder: FolderLock.Holder?

  package var description: String {
    let who = holder.map { "process \($0.process) on \($0.host), since \($0.since)," } ?? "another process"
    return "\(folder): \(who) is working there; wait for its end or stop it, then try again "
      + "(if you know that it has ended, remove \(folder)/\(FolderLock.fileName))"
  }
}
