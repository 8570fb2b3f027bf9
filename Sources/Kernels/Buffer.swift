#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory that lives as long as this object: zeroed, aligned to a page, and on huge pages where the system has them.
///
/// The pages are mapped, not allocated from the heap: they become resident as they are first touched, on the NUMA
/// node of the thread that touches them, and go back to the system at once.
public final class Buffer<Element: BitwiseCopyable>: Sendable {
  /// All elements.
  public let view: View<Element>
  private let mappedBytes: Int

  /// `count` zeroed elements. If the system has no such memory, the program ends with exit code 1 and one line on
  /// standard error, which says how much was asked for; ``AllocationError/requireMemory(bytes:)`` asks before.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    let pageBytes = 4096
    let wanted = Int.saturatingProduct(max(1, count), MemoryLayout<Element>.stride)
    mappedBytes = Int.saturatingSum(wanted, pageBytes - 1) / pageBytes * pageBytes
    let address: UnsafeMutableRawPointer
    do { address = try mapMemory(bytes: mappedBytes) } catch { error.endProgram() }
    #if os(Linux)
      // MADV_HUGEPAGE. Huge pages: fewer TLB misses on arenas and parameters. A hint, so a refusal is no error.
      let hugePageAdvice: CInt = 14  // MADV_HUGEPAGE, which the Glibc overlay does not export
      if mappedBytes >= 2 << 20 { _ = madvise(address, mappedBytes, hugePageAdvice) }
    #endif
    view = View(base: address.bindMemory(to: Element.self, capacity: max(1, count)), count: count)
  }

  /// A buffer that holds a copy of `elements`.
  public convenience init(_ elements: [Element]) {
    self.init(count: elements.count)
    view.copy(from: elements)
  }

  /// Calls `body` with all elements, and keeps the buffer alive meanwhile.
  ///
  /// The way to use a local buffer: Swift lets go of an object after its last use, and using its view is none.
  public func withView<Result>(_ body: (View<Element>) throws -> Result) rethrows -> Result {
    try withExtendedLifetime(self) { try body(view) }
  }

  /// A copy of the elements.
  public func array() -> [Element] { withView { $0.array() } }

  deinit {
    munmap(view.base, mappedBytes)
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
    munmap(try mapMemory(bytes: bytes), bytes)
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

/// Zeroed pages of this process alone.
private func mapMemory(bytes: Int) throws(AllocationError) -> UnsafeMutableRawPointer {
  let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
  guard let address, address != MAP_FAILED else { throw AllocationError(bytes: bytes, code: errno) }
  return address
}
