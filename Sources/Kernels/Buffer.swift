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

  /// `count` zeroed elements. Stops the program, saying how much was asked for, if the system has no such memory.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    let pageBytes = 4096
    let wanted = max(1, count) * MemoryLayout<Element>.stride
    mappedBytes = (wanted + pageBytes - 1) / pageBytes * pageBytes
    let address = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    guard let address, address != MAP_FAILED else {
      fatalError("no memory for a buffer of \(mappedBytes) bytes (errno \(errno)); a smaller model or batch may fit")
    }
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
