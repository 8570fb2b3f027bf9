/// A window on `count` elements of a ``Buffer``'s memory: how every room but this one sees storage.
///
/// A view keeps the memory: it stays until the buffer and the last view of it are gone. Element access is checked; the
/// kernels check once a call. To copy a view or take a part of it counts a reference to memory that other threads may
/// count too; so small pieces of work that many workers do on the same buffers pass whole views and a range, where the
/// kernels take one.
///
/// `@unchecked Sendable` stands here and nowhere else. The invariant: whoever hands views to several threads gives
/// each thread its own range to write (a worker its arena, a shard its gradient, a chunk its part of the weights),
/// and joins them before anyone reads across ranges. `Workers` is the only room that starts threads.
public struct View<Element: BitwiseCopyable>: @unchecked Sendable {
  /// What keeps the elements where they are.
  @usableFromInline let memory: MappedMemory
  /// The first element.
  @usableFromInline let base: UnsafeMutablePointer<Element>
  /// Number of elements.
  public let count: Int

  /// A window on `count` elements from `base` on, which lie in `memory`.
  @inlinable
  init(_ memory: MappedMemory, base: UnsafeMutablePointer<Element>, count: Int) {
    self.memory = memory
    self.base = base
    self.count = count
  }

  /// The indices of all elements.
  @inlinable
  public var indices: Range<Int> { 0..<count }

  /// One element.
  @inlinable
  public subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "index \(index) outside a view of \(count) elements")
      return withExtendedLifetime(memory) { base[index] }
    }
    nonmutating set {
      precondition(index >= 0 && index < count, "index \(index) outside a view of \(count) elements")
      withExtendedLifetime(memory) { base[index] = newValue }
    }
  }

  /// The part of the view at `range`; its first element has index 0.
  @inlinable
  public subscript(range: Range<Int>) -> View {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= count, "range \(range) outside a view of \(count) elements")
    return View(memory, base: base + range.lowerBound, count: range.count)
  }

  /// The first `length` elements.
  @inlinable
  public func prefix(_ length: Int) -> View { self[0..<length] }

  /// Sets every element.
  public func fill(with value: Element) {
    base.update(repeating: value, count: count)
    keep(memory)
  }

  /// Copies `source`, which has the same count.
  public func copy(from source: View) {
    precondition(source.count == count, "copy of \(source.count) elements into \(count)")
    base.update(from: source.base, count: count)
    keep(memory, source.memory)
  }

  /// Copies `source`, which has the same count.
  public func copy(from source: [Element]) {
    precondition(source.count == count, "copy of \(source.count) elements into \(count)")
    source.withUnsafeBufferPointer { elements in
      if let first = elements.baseAddress { base.update(from: first, count: count) }
    }
    keep(memory)
  }

  /// Exchanges the elements with those of another view, which has the same count and no element in common.
  ///
  /// For weights and their moving average: an evaluation between two exchanges sees the average where the weights are.
  public func exchange(with other: View) {
    precondition(other.count == count, "exchange of \(count) elements and \(other.count)")
    let (mine, theirs) = (base, other.base)
    precondition(mine + count <= theirs || theirs + count <= mine || count == 0, "exchange of views that overlap")
    for index in 0..<count {
      let element = mine[index]
      mine[index] = theirs[index]
      theirs[index] = element
    }
    keep(memory, other.memory)
  }

  /// A copy of the elements.
  public func array() -> [Element] {
    withExtendedLifetime(memory) { Array(UnsafeBufferPointer(start: base, count: count)) }
  }

  /// A copy of the elements' bytes, as memory holds them: little-endian, on every machine that Swift runs on.
  public func byteArray() -> [UInt8] { withExtendedLifetime(memory) { Array(rawBytes) } }

  /// Whether both hold the same bytes: unlike ==, this tells −0 from 0 and takes a NaN for itself.
  public func hasSameBits(as other: View) -> Bool {
    withExtendedLifetime((memory, other.memory)) {
      count == other.count && rawBytes.elementsEqual(other.rawBytes)
    }
  }

  private var rawBytes: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: base, count: count * MemoryLayout<Element>.stride)
  }
}

/// A window on single-precision numbers.
public typealias Floats = View<Float>

/// A window on class numbers, 0..<classes.
public typealias Labels = View<Int32>

extension View where Element == Float {
  /// The same memory as `count` bytes, for what a layer remembers in an arena of floats.
  public func bytes(_ count: Int) -> View<UInt8> {
    precondition(count >= 0 && count <= self.count * 4, "\(count) bytes in \(self.count) floats")
    return View<UInt8>(
      memory, base: UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt8.self), count: count)
  }
}
