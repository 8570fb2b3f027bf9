import Checkpoints
import Foundation

/// A file that grows as its bytes come, written without a buffer: what was received is there, however the process ends.
final class PartialFile {
  let path: String
  private let descriptor: Int32
  /// Bytes so far.
  private(set) var byteCount: Int

  /// Opens or makes the file and cuts it off at `offset`.
  init(path: String, offset: Int) throws {
    descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
    self.path = path
    byteCount = offset
    guard descriptor >= 0 else { throw Self.failure(path, "cannot be created") }
    guard ftruncate(descriptor, off_t(offset)) == 0 else { throw Self.failure(path, "cannot be written") }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The length of the file; 0 where there is none.
  static func byteCount(_ path: String) -> Int { LocalFile.byteCount(path) ?? 0 }

  /// Takes all bytes away.
  func restart() throws {
    guard ftruncate(descriptor, 0) == 0 else { throw Self.failure(path, "cannot be written") }
    byteCount = 0
  }

  /// Writes behind what is there.
  func append(_ bytes: [UInt8]) throws {
    var done = 0
    while done < bytes.count {
      let rest = Array(bytes[done...])
      let written = pwrite(descriptor, rest, rest.count, off_t(byteCount))
      if written < 0 && errno == EINTR { continue }
      guard written > 0 else { throw Self.failure(path, "cannot be written") }
      done += written
      byteCount += written
    }
  }

  /// Brings the file at `path` to the disk and renames it.
  static func finish(_ path: String, as name: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 {
      fsync(descriptor)
      close(descriptor)
    }
    guard rename(path, name) == 0 else { throw failure(name, "cannot be put in place") }
  }

  /// What the system says went wrong last.
  static func failure(_ path: String, _ what: String) -> CheckpointError {
    let code = errno
    let remedy =
      switch code {
      case ENOSPC, EDQUOT: "Free some space, or choose another folder with --to; the same command then continues"
      case EFBIG: "Raise the limit on file sizes (ulimit -f), then the same command continues"
      case EACCES, EPERM, EROFS: "Choose a folder that you may write to, with --to"
      case EISDIR: "Move what is in the way"
      default: "Choose another folder with --to"
      }
    return CheckpointError(path: path, found: "\(what): \(String(cString: strerror(code)))", remedy: remedy)
  }
}
