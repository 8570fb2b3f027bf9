import Foundation
import Kernels

/// Writes a packed file under a temporary name and puts it in place when it is whole.
///
/// Two processes that pack the same pictures write two temporary files, and the later one replaces the earlier by the same.
struct PackedFileWriter {
  /// What came of the attempt to begin a file.
  enum Opening {
    case begun(PackedFileWriter)
    /// The folder is not there or may not be written to: another place may do.
    case unwritable(reason: String)
    /// The disk is full or fails.
    case failed(DataError)
  }

  private static let suffix = ".partial"
  private let path: String
  private let temporary: String
  private let descriptor: Int32
  private var position = 0

  private init(path: String, temporary: String, descriptor: Int32) {
    self.path = path
    self.temporary = temporary
    self.descriptor = descriptor
  }

  /// Creates the temporary file, and removes those in the folder that nobody writes any more.
  static func begin(_ path: String) -> Opening {
    let folder = (path as NSString).deletingLastPathComponent
    let place = folder.isEmpty ? "." : folder
    do { try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true) } catch {
      return .unwritable(reason: "\(place) cannot be made")
    }
    removeStale(in: place)
    // Only has to differ from other writers' names.
    let tag = String(UInt64.random(in: 0 ... .max), radix: 16)
    let temporary = "\(place)/.\((path as NSString).lastPathComponent).\(tag)\(suffix)"
    let descriptor = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let code = errno
      let reason = "\(place): \(String(cString: strerror(code)))"
      if code == ENOSPC || code == EDQUOT { return .failed(full(path, reason)) }
      return .unwritable(reason: reason)
    }
    _ = flock(descriptor, LOCK_EX | LOCK_NB)
    return .begun(PackedFileWriter(path: path, temporary: temporary, descriptor: descriptor))
  }

  /// Writes behind what is there.
  mutating func append(_ bytes: [UInt8]) throws(DataError) {
    try write(bytes, at: position)
    position += bytes.count
  }

  /// Writes pixels behind what is there, a mebibyte at a time.
  mutating func append(_ pixels: View<UInt8>) throws(DataError) {
    for first in stride(from: 0, to: pixels.count, by: 1 << 20) {
      try append(pixels[first..<min(first + 1 << 20, pixels.count)].byteArray())
    }
  }

  /// Moves on to `offset`; what lies between is zeros.
  mutating func skip(to offset: Int) throws(DataError) {
    precondition(offset >= position, "back from byte \(position) to \(offset)")
    try append([UInt8](repeating: 0, count: offset - position))
  }

  /// Writes bytes at a place where others are already.
  func write(_ bytes: [UInt8], at offset: Int) throws(DataError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = pwrite(descriptor, Array(rest), rest.count, offset + bytes.count - rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Self.full(path, String(cString: strerror(errno))) }
      rest = rest.dropFirst(count)
    }
  }

  /// Brings the file to the disk and under its name.
  func finish() throws(DataError) {
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      throw Self.full(path, String(cString: strerror(errno)))
    }
    close(descriptor)
  }

  /// Leaves nothing behind.
  func cancel() {
    unlink(temporary)
    close(descriptor)
  }

  private static func full(_ path: String, _ reason: String) -> DataError {
    DataError(
      file: path, found: "the packed pictures cannot be written: \(reason)", allowed: "a disk with room for them",
      remedy: "free some space, or let XDG_CACHE_HOME name a folder on a larger disk")
  }

  /// A writer holds its file's lock as long as it lives.
  private static func removeStale(in folder: String) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    where name.hasPrefix(".") && name.hasSuffix(suffix) {
      let descriptor = open(folder + "/" + name, O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { continue }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unlink(folder + "/" + name) }
      close(descriptor)
    }
  }
}
