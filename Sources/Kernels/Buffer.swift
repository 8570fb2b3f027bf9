/// Memory of `count` elements: zeroed, aligned to a page, and on huge pages where the system has them. It lives as long
/// as this object or any view of it.
///
/// The pages are mapped, not allocated from the heap: they become resident as they are first touched, on the NUMA
/// node of the thread that touches them, and go back to the system at once.
public final class Buffer<Element: BitwiseCopyable>: Sendable {
  /// All elements.
  public let view: View<Element>

  /// `count` zeroed elements. If the system has no such memory, the program ends with exit code 1 and one line on
  /// standard error, which says how much was asked for; ``AllocationError/requireMemory(bytes:)`` asks before.
  public init(count: Int) {
    precondition(count >= 0, "a buffer of \(count) elements")
    let memory = MappedMemory(bytes: Int.saturatingProduct(max(1, count), MemoryLayout<Element>.stride))
    view = View(memory, base: memory.address.bindMemory(to: Element.self, capacity: max(1, count)), count: count)
  }

  /// A buffer of memory that is there.
  init(view: View<Element>) { self.view = view }

  /// A buffer that holds a copy of `elements`.
  public convenience init(_ elements: [Element]) {
    self.init(count: elements.count)
    view.copy(from: elements)
  }

  /// Calls `body` with all elements.
  public func withView<Result>(_ body: (View<Element>) throws -> Result) rethrows -> Result {
    try body(view)
  }

  /// A copy of the elements.
  public func array() -> [Element] { view.array() }
}
