import Foundation

/// Writes whole folders: a reader finds all of the new files or none.
///
/// The files are written in a hidden folder beside the place, each brought to the disk; then the folder gets its name.
package enum AtomicFolder {
  private static let suffix = ".partial"

  /// Makes the folder at `path` of what `body` writes to the folder that it is given; one that was there goes.
  ///
  /// Whoever calls is the only one to write there: what a killed process left behind is removed.
  ///
  /// - Throws: `CheckpointError` naming the path, and what `body` throws; nothing is then left behind.
  package static func write(to path: String, _ body: (String) throws -> Void) throws {
    let target = URL(fileURLWithPath: path)
    let (parent, name) = (target.deletingLastPathComponent().path, target.lastPathComponent)
    removeStale(in: parent, name)
    let temporary = "\(parent)/.\(name)\(suffix)"
    guard mkdir(temporary, 0o777) == 0 else { throw failure(path, "cannot be made", errno) }
    do {
      try body(temporary)
      try AtomicFile.synchronize(folder: temporary)
      let old = "\(parent)/.\(name).old\(suffix)"
      // A folder with files in it cannot be replaced at one blow; in between, only its hidden names are there.
      if rename(path, old) != 0, errno != ENOENT { throw failure(path, "cannot be replaced", errno) }
      guard rename(temporary, path) == 0 else {
        let code = errno
        _ = rename(old, path)
        throw failure(path, "cannot be put in place", code)
      }
      try AtomicFile.synchronize(folder: parent)
    } catch {
      removeStale(in: parent, name)
      throw error
    }
    removeStale(in: parent, name)
  }

  /// Removes the folder at `path`, if it is there: a reader finds all of its files or none.
  ///
  /// - Throws: `CheckpointError` naming the path.
  package static func remove(_ path: String) throws {
    let target = URL(fileURLWithPath: path)
    let (parent, name) = (target.deletingLastPathComponent().path, target.lastPathComponent)
    removeStale(in: parent, name)
    if rename(path, "\(parent)/.\(name).old\(suffix)") != 0 {
      if errno == ENOENT { return }
      throw failure(path, "cannot be removed", errno)
    }
    removeStale(in: parent, name)
    try AtomicFile.synchronize(folder: parent)
  }

  private static func removeStale(in parent: String, _ name: String) {
    for stale in ["\(parent)/.\(name)\(suffix)", "\(parent)/.\(name).old\(suffix)"] {
      try? FileManager.default.removeItem(atPath: stale)
    }
  }

  private static func failure(_ path: String, _ what: String, _ code: Int32) -> CheckpointError {
    CheckpointError(path: path, found: "\(what): \(systemMessage(code))", remedy: remedy(for: code))
  }
}
