import Checkpoints
import Foundation

/// New directories for results: two processes never get the same one.
package enum NewFolder {
  /// Makes a directory; one that is there must be empty.
  ///
  /// - Throws: ``RunFolderError`` if the path is there and not an empty directory, or cannot be made.
  package static func make(_ path: String) throws {
    if try makeExclusively(path) { return }
    try requireFree(path)
  }

  /// Makes a directory where there is none, in one that is there.
  ///
  /// - Throws: ``RunFolderError`` if it cannot be made; `CheckpointError` if its name does not come to the disk.
  package static func makeFolder(_ path: String) throws { _ = try makeOne(path, for: path) }

  /// Refuses a path where something lies that is no empty directory.
  ///
  /// - Throws: ``RunFolderError`` naming the path.
  package static func requireFree(_ path: String) throws(RunFolderError) {
    // A link to nowhere is there, too.
    guard (try? FileManager.default.attributesOfItem(atPath: path)) != nil else { return }
    let content = try? FileManager.default.contentsOfDirectory(atPath: path)
    guard let content, content.isEmpty else {
      throw RunFolderError(
        path: path,
        message: "exists and is not an empty directory; runs never overwrite: choose another --out, "
          + "or continue the run there with --resume", isUsage: true)
    }
  }

  /// Makes a directory whose name is `stem` with the date and time, and a number where that is taken already.
  ///
  /// - Returns: its path.
  /// - Throws: ``RunFolderError`` if it cannot be made.
  package static func make(stem: String) throws -> String {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.dateFormat = "yyyyMMdd-HHmmss"
    let name = "\(stem)-\(format.string(from: Date()))"
    var path = name
    var number = 2
    // Looking first and making later would give two processes of one second the same directory.
    while try !makeExclusively(path) {
      path = "\(name)-\(number)"
      number += 1
    }
    return path
  }

  /// Whether this call made the directory: not if something of that name is there.
  private static func makeExclusively(_ path: String) throws -> Bool {
    let parent = URL(fileURLWithPath: path).deletingLastPathComponent()
    try makeAll(parent.path, for: path)
    return try makeOne(path, for: path)
  }

  /// Makes a directory that is not there, and those above it.
  private static func makeAll(_ folder: String, for path: String) throws {
    guard !FileManager.default.fileExists(atPath: folder) else { return }
    try makeAll(URL(fileURLWithPath: folder).deletingLastPathComponent().path, for: path)
    _ = try makeOne(folder, for: path)
  }

  /// Whether this call made the directory; its name is then on the disk.
  private static func makeOne(_ folder: String, for path: String) throws -> Bool {
    guard mkdir(folder, 0o777) == 0 else {
      let code = errno
      if code == EEXIST { return false }
      throw RunFolderError(
        path: path, message: "cannot be made (\(String(cString: strerror(code)))); choose another --out")
    }
    try AtomicFile.synchronize(folder: URL(fileURLWithPath: folder).deletingLastPathComponent().path)
    return true
  }
}
