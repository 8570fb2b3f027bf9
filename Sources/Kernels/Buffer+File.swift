#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

extension Buffer {
  /// `count` elements of a file, mapped and not read: pages come from the disk when they are first touched, and the
  /// system drops them where memory is short. So a file may be larger than memory.
  ///
  /// The elements are to be read only: writing one ends the program. They are the file's bytes in this machine's order.
  /// The file must not be written to or shortened while the buffer lives: reading what is no longer there ends the
  /// program with SIGBUS, as it does where the disk fails. To replace the file by another of its name is fine.
  ///
  /// - Parameters:
  ///   - path: a regular file.
  ///   - offset: where the first element lies, in bytes: a multiple of the element's alignment.
  ///   - count: number of elements, all of which the file must have now.
  package convenience init(mapping path: String, offset: Int, count: Int) throws(FileMappingError) {
    let stride = MemoryLayout<Element>.stride
    let (bytes, overflows) = count.multipliedReportingOverflow(by: stride)
    let (end, endOverflows) = offset.addingReportingOverflow(bytes)
    guard offset >= 0, count >= 0, !overflows, !endOverflows else {
      throw FileMappingError(path: path, reason: "no file has \(count) elements from byte \(offset) on")
    }
    guard offset.isMultiple(of: MemoryLayout<Element>.alignment) else {
      throw FileMappingError(
        path: path,
        reason: "byte \(offset) is no multiple of \(MemoryLayout<Element>.alignment), an element's alignment")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileMappingError(path: path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileMappingError(path: path, code: errno) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileMappingError(path: path, reason: "is no regular file") }
    guard end <= Int(status.st_size) else {
      throw FileMappingError(path: path, reason: "has \(status.st_size) bytes, which end before byte \(end)")
    }
    guard count > 0 else {
      self.init(count: 0)
      return
    }
    let lead = offset % MappedMemory.systemPageBytes
    guard let memory = MappedMemory(file: descriptor, offset: offset - lead, bytes: lead + bytes) else {
      throw FileMappingError(path: path, code: errno)
    }
    let base = (memory.address + lead).bindMemory(to: Element.self, capacity: count)
    self.init(view: View(memory, base: base, count: count))
  }
}

/// A file that cannot be mapped.
package struct FileMappingError: Error, Equatable, CustomStringConvertible {
  /// The file as it was named.
  package let path: String
  /// Why not, in words that go on from "the file …" or name the system's reason.
  package let reason: String

  init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  init(path: String, code: Int32) {
    self.init(path: path, reason: "cannot be mapped: \(String(cString: strerror(code)))")
  }

  package var description: String { "\(path): \(reason)" }
}
