import Foundation

/// Writes whole files: whatever happens, a reader finds the old file or the new one, never a part.
///
/// The bytes go to a temporary file in the same folder, to the disk, and then under the real name (`rename` replaces a
/// file atomically); last the folder goes to the disk. A failed write removes the temporary file, and so does a process
/// that a signal asks to end (``UnfinishedFiles``). A killed one leaves it behind, and ``removeStale(in:)`` removes it
/// later.
package enum AtomicFile {
  static let suffix = ".partial"

  /// A file being written, under its temporary name.
  package struct Output {
    private let file: OpenFile
    /// Bytes appended so far.
    package private(set) var byteCount = 0

    init(_ file: OpenFile) { self.file = file }

    /// Writes behind what is there.
    package mutating func append(_ bytes: [UInt8]) throws(CheckpointError) {
      try file.write(bytes, at: byteCount)
      byteCount += bytes.count
    }

    /// Writes over bytes that were appended before.
    package func overwrite(_ bytes: [UInt8], at offset: Int) throws(CheckpointError) {
      precondition(
        offset >= 0 && offset + bytes.count <= byteCount,
        "overwriting \(bytes.count) bytes at \(offset) of \(byteCount)")
      try file.write(bytes, at: offset)
    }
  }

  /// Replaces or creates the file at `path` with what `body` writes.
  ///
  /// The error names `path`, what failed in the system's words, and what to do; the old file is then untouched.
  package static func write(
    to path: String, _ body: (inout Output) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let temporary = try temporary(for: path)
    do throws(CheckpointError) {
      var output = Output(temporary)
      try body(&output)
      try place(temporary, at: path)
    } catch {
      unlink(temporary.path)
      throw named(error, path, temporary)
    }
  }

  /// A new, locked file in the folder of `path`, where something may stand that can be replaced.
  static func temporary(for path: String) throws(CheckpointError) -> OpenFile {
    let target = URL(fileURLWithPath: path)
    try requireReplaceable(path)
    return try makeTemporary(
      for: path, name: target.lastPathComponent, in: target.deletingLastPathComponent().path)
  }

  /// Gives a file that is whole its real name.
  static func place(_ temporary: OpenFile, at path: String) throws(CheckpointError) {
    try temporary.synchronize()
    guard rename(temporary.path, path) == 0 else {
      let code = errno
      throw CheckpointError(
        path: path, found: "cannot be put in place: \(systemMessage(code))", remedy: remedy(for: code))
    }
    try synchronize(folder: URL(fileURLWithPath: path).deletingLastPathComponent().path)
  }

  /// Users know the name they asked for, not the temporary one.
  static func named(_ error: CheckpointError, _ path: String, _ temporary: OpenFile) -> CheckpointError {
    CheckpointError(
      path: error.path == temporary.path ? path : error.path, found: error.found, allowed: error.allowed,
      remedy: error.remedy)
  }

  /// Replaces or creates the file at `path` with `bytes`.
  package static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
    try write(to: path) { output throws(CheckpointError) in try output.append(bytes) }
  }

  /// Replaces or creates the file at `path` with `text` in UTF-8.
  package static func write(_ text: String, to path: String) throws(CheckpointError) {
    try write(Array(text.utf8), to: path)
  }

  /// Removes temporary files in `folder` that no living process writes, and returns their names. Errors are ignored:
  /// such files are only a waste of space.
  @discardableResult
  package static func removeStale(in folder: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.sorted().filter { name in
      guard name.hasPrefix("."), name.hasSuffix(suffix) else { return false }
      let path = folder + "/" + name
      // A writer holds the lock as long as it lives.
      guard let file = try? OpenFile.reading(path), file.lock() else { return false }
      return unlink(path) == 0
    }
  }

  /// A rename would replace a device or pipe by a file: refuse all but regular files.
  private static func requireReplaceable(_ path: String) throws(CheckpointError) {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    throw CheckpointError(
      path: path, found: isFolder ? "a folder is in the way" : "a device or pipe is in the way",
      allowed: "only a regular file can be replaced", remedy: "Choose another name")
  }

  /// A new, locked file beside the target: `.NAME.RANDOM.partial`.
  private static func makeTemporary(for path: String, name: String, in folder: String) throws(CheckpointError)
    -> OpenFile
  {
    while true {
      // Not a random number of the run: it only has to differ from other writers' names.
      let tag = String(UInt32.random(in: .min ... .max), radix: 16)
      let temporary = "\(folder)/.\(name).\(tag)\(suffix)"
      // Noted before it is there: a signal may come while it is made.
      UnfinishedFiles.add(temporary)
      let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      let code = errno
      if descriptor < 0 { UnfinishedFiles.remove(temporary) }
      if descriptor < 0 && code == EEXIST { continue }
      guard descriptor >= 0 else {
        throw CheckpointError(
          path: path, found: "cannot be created: \(systemMessage(code))", remedy: remedy(for: code))
      }
      let file = OpenFile(path: temporary, descriptor: descriptor, isTemporary: true)
      // Between `open` and the lock another process may take the file for a stale one and remove it: then again. A file
      // system without locks is no obstacle.
      _ = file.lock()
      if try file.hasName() { return file }
    }
  }

  /// Waits until the names in a folder are on the disk.
  package static func synchronize(folder: String) throws(CheckpointError) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    // A folder that may be written but not read: the rename stands, only its durability is the system's affair.
    guard descriptor >= 0 else { return }
    try OpenFile(path: folder, descriptor: descriptor).synchronize()
  }
}
