import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An open file descriptor, closed with the object.
final class OpenFile: Sendable {
  let path: String
  private let descriptor: Int32
  private let isTemporary: Bool

  /// Takes over a descriptor that `open` returned.
  ///
  /// - Parameter isTemporary: whether the file means nothing when this process ends with it open.
  init(path: String, descriptor: Int32, isTemporary: Bool = false) {
    self.path = path
    self.descriptor = descriptor
    self.isTemporary = isTemporary
    if isTemporary { UnfinishedFiles.add(path) }
  }

  deinit {
    close(descriptor)
    if isTemporary { UnfinishedFiles.remove(path) }
  }

  /// Opens a folder; `nil` where that is not allowed.
  static func folder(_ path: String) -> OpenFile? {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    return descriptor < 0 ? nil : OpenFile(path: path, descriptor: descriptor)
  }

  /// Opens a regular file for reading.
  static func reading(_ path: String) throws(CheckpointError) -> OpenFile {
    // Without O_NONBLOCK a pipe would hold the program until somebody writes to it.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CheckpointError(
        path: path, found: "cannot be opened: \(systemMessage())", remedy: "Check the path and its permissions")
    }
    let file = OpenFile(path: path, descriptor: descriptor)
    guard try file.status().st_mode & S_IFMT == S_IFREG else {
      throw CheckpointError(path: path, found: "not a regular file", remedy: "Name a safetensors file")
    }
    return file
  }

  /// Length in bytes.
  func byteCount() throws(CheckpointError) -> Int { Int(try status().st_size) }

  /// Whether the file still has a name in some folder.
  func hasName() throws(CheckpointError) -> Bool { try status().st_nlink > 0 }

  /// Whether a path still leads to this file; also where that cannot be told.
  func isAt(_ path: String) throws(CheckpointError) -> Bool {
    let own = try status()
    var found = stat()
    guard stat(path, &found) == 0 else { return errno != ENOENT && errno != ENOTDIR }
    return found.st_dev == own.st_dev && found.st_ino == own.st_ino
  }

  /// Where the file is now, if the system can tell.
  var presentPath: String? {
    guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)") else {
      return nil
    }
    return (try? isAt(path)) == true ? path : nil
  }

  /// Removes an entry of this folder, wherever the folder is by now.
  func removeEntry(_ name: String) { unlinkat(descriptor, name, 0) }

  private func status() throws(CheckpointError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("cannot be examined") }
    return status
  }

  /// Exactly `count` bytes from `offset` on.
  func read(_ count: Int, at offset: Int) throws(CheckpointError) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count {
      var part = [UInt8](repeating: 0, count: count - bytes.count)
      let received = pread(descriptor, &part, part.count, off_t(offset + bytes.count))
      if received < 0 && errno == EINTR { continue }
      guard received >= 0 else { throw failure("cannot be read") }
      guard received > 0 else {
        throw CheckpointError(
          path: path, found: "ends at byte \(offset + bytes.count) while it is read",
          remedy: "Something else changes this file; use another copy")
      }
      if received == count { return part }
      bytes += part[..<received]
    }
    return bytes
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: [UInt8], at offset: Int) throws(CheckpointError) {
    var rest = bytes
    var position = offset
    while !rest.isEmpty {
      let written = pwrite(descriptor, rest, rest.count, off_t(position))
      if written < 0 && errno == EINTR { continue }
      guard written >= 0 else { throw failure("cannot be written") }
      position += written
      rest.removeFirst(written)
    }
  }

  /// Waits until the contents are on the disk.
  func synchronize() throws(CheckpointError) {
    while fsync(descriptor) != 0 {
      // Some file systems cannot synchronize a folder and say so with EINVAL: they offer nothing better.
      if errno == EINVAL { return }
      guard errno == EINTR else { throw failure("cannot be brought to the disk") }
    }
  }

  /// What became of an attempt to take a file's lock.
  enum LockOutcome {
    case taken
    /// Another open file has it.
    case held
    /// The file system has no locks.
    case unsupported
  }

  /// Takes the file's lock if nobody holds it. The system gives it back when the process ends, however it ends.
  func tryLock() -> LockOutcome {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EINTR { continue }
      return errno == EWOULDBLOCK ? .held : .unsupported
    }
    return .taken
  }

  /// Whether the file's lock could be taken.
  func lock() -> Bool { tryLock() == .taken }

  /// Writes `bytes` in the place of everything in the file.
  func replaceContents(_ bytes: [UInt8]) throws(CheckpointError) {
    while ftruncate(descriptor, 0) != 0 {
      guard errno == EINTR else { throw failure("cannot be written") }
    }
    try write(bytes, at: 0)
  }

  private func failure(_ what: String) -> CheckpointError {
    let code = errno
    return CheckpointError(path: path, found: "\(what): \(systemMessage(code))", remedy: remedy(for: code))
  }
}

/// The system's words for an error number.
func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// What a user can do about a failed write.
func remedy(for code: Int32) -> String {
  switch code {
  case ENOSPC, EDQUOT: "Free some space or choose another folder"
  case EACCES, EPERM, EROFS: "Choose a folder that you may write to"
  case ENOENT, ENOTDIR: "Create the folder first or choose another one"
  case EIO: "Check the disk"
  case EFBIG: "Raise the limit on file sizes (ulimit -f), or choose another file system"
  default: "Choose another folder or file system"
  }
}
