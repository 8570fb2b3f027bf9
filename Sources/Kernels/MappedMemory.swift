#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Pages that go back to the system with the last reference to this object, which is that of a ``Buffer`` or of one of its
/// views: zeroed ones of this process alone, or those of a file, to be read only.
@usableFromInline
final class MappedMemory {
  let address: UnsafeMutableRawPointer
  /// Whether the pages are a file's: the system reads them when they are touched, and may drop them again.
  let isFile: Bool
  /// What has been mapped: `address` is its start, but in a build with guard pages.
  private let start: UnsafeMutableRawPointer
  private let bytes: Int
  private static let pageBytes = 4096
  #if ISOTHERM_GUARD_PAGES
    private static let guardBytes = pageBytes
  #else
    private static let guardBytes = 0
  #endif

  /// At least `wanted` bytes; ends the program if the system has no such memory.
  init(bytes wanted: Int) {
    let whole = Int.saturatingSum(wanted, Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
    bytes = Int.saturatingSum(whole, 2 * Self.guardBytes)
    isFile = false
    do { start = try Self.map(bytes: bytes) } catch { error.endProgram() }
    #if ISOTHERM_GUARD_PAGES
      // `make sanitize`: the last element ends where a page begins that nobody may touch, and so does the page before all.
      for guardPage in [start, start + Self.guardBytes + whole] {
        precondition(
          mprotect(guardPage, Self.guardBytes, PROT_NONE) == 0, "no guard page: \(String(cString: strerror(errno)))")
      }
      address = start + Self.guardBytes + whole - wanted
    #else
      address = start
    #endif
    #if os(Linux)
      // MADV_HUGEPAGE. Huge pages: fewer TLB misses on arenas and parameters. A hint, so a refusal is no error.
      let hugePageAdvice: CInt = 14  // MADV_HUGEPAGE, which the Glibc overlay does not export
      if bytes >= 2 << 20 { _ = madvise(address, bytes, hugePageAdvice) }
    #endif
  }

  /// The pages of an open file from `offset` on, a multiple of ``systemPageBytes``; `nil` if the system refuses, for
  /// the reason that `errno` has.
  init?(file descriptor: CInt, offset: Int, bytes: Int) {
    let address = mmap(nil, bytes, PROT_READ, MAP_SHARED, descriptor, off_t(offset))
    guard let address, address != MAP_FAILED else { return nil }
    self.address = address
    start = address
    self.bytes = bytes
    isFile = true
  }

  /// The size of the pages that files are mapped in.
  static let systemPageBytes = Int(getpagesize())

  deinit {
    munmap(start, bytes)
  }

  fileprivate static func map(bytes: Int) throws(AllocationError) -> UnsafeMutableRawPointer {
    let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let address, address != MAP_FAILED else { throw AllocationError(bytes: bytes, code: errno) }
    return address
  }
}

/// Memory that the system does not give.
public struct AllocationError: Error, Equatable, CustomStringConvertible {
  /// How much was asked for.
  public let bytes: Int
  /// The system's reason, an `errno`.
  public let code: Int32

  public var description: String {
    "the system gives no memory for \(bytes) bytes (\(String(cString: strerror(code)))); use a smaller model or batch, "
      + "fewer threads, or raise the limit that is in the way (ulimit -v, a container's memory)"
  }

  /// Asks whether the system would give so much now, all of it at once, without using any.
  ///
  /// Whoever makes many buffers asks first, so that there is an error to catch rather than a program that ends.
  public static func requireMemory(bytes: Int) throws(AllocationError) {
    guard bytes > 0 else { return }
    munmap(try MappedMemory.map(bytes: bytes), bytes)
  }

  /// The last resort where nobody could catch an error: one line, and the exit code of a run-time failure. A trap would
  /// bury both in a backtrace.
  fileprivate func endProgram() -> Never {
    let line = Array("isotherm: \(self)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    // Not `exit`: other threads are at work, and its handlers would pull the memory away from under them.
    _exit(1)
  }
}
