/// In which order the elements of an array are taken from memory: as rows of rows, whatever order they lie in.
package struct ElementOrder: Sendable, Equatable {
  /// Length along each dimension, the slowest first, as they are taken; none is 0.
  package let lengths: [Int]
  /// Elements in memory from one to the next along each dimension.
  package let strides: [Int]

  /// One stride a length, none negative.
  package init(lengths: [Int], strides: [Int]) {
    precondition(
      lengths.count == strides.count && lengths.allSatisfy { $0 > 0 } && strides.allSatisfy { $0 >= 0 },
      "strides \(strides) for lengths \(lengths)")
    self.lengths = lengths
    self.strides = strides
  }

  /// An array of these dimensions in C order (the last varies fastest) or in Fortran order (the first does).
  package init(dimensions: [Int], isFortranOrder: Bool = false) {
    var strides = dimensions
    var stride = 1
    for index in isFortranOrder ? Array(dimensions.indices) : dimensions.indices.reversed() {
      strides[index] = stride
      stride *= dimensions[index]
    }
    self.init(lengths: dimensions, strides: strides)
  }

  /// The same array with its dimensions taken in another order: dimension i is that which was `places[i]`.
  package func permuted(_ places: [Int]) -> ElementOrder {
    ElementOrder(lengths: places.map { lengths[$0] }, strides: places.map { strides[$0] })
  }

  /// Number of elements.
  package var count: Int { lengths.reduce(1, *) }

  /// Whether elements are taken as they lie in memory.
  package var isNatural: Bool {
    let natural = ElementOrder(dimensions: lengths)
    return lengths.indices.allSatisfy { lengths[$0] == 1 || strides[$0] == natural.strides[$0] }
  }
}

extension View where Element == UInt8 {
  /// The elements `range` of an array, as `order` takes them.
  ///
  /// - Parameters:
  ///   - order: the array, which begins at this view's first byte and ends within it.
  ///   - bytes: size of an element.
  /// - Returns: `bytes` for each element.
  package func elements(_ range: Range<Int>, in order: ElementOrder, bytes: Int) -> [UInt8] {
    let last = zip(order.lengths, order.strides).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
    precondition((last + 1) * bytes <= count, "\(order) of elements of \(bytes) bytes in \(count)")
    precondition(range.lowerBound >= 0 && range.upperBound <= order.count, "elements \(range) of \(order.count)")
    defer { keep(memory) }
    return Array(unsafeUninitializedCapacity: range.count * bytes) { output, filled in
      filled = range.count * bytes
      guard var target = output.baseAddress.map(UnsafeMutableRawPointer.init) else { return }
      let source = UnsafeRawPointer(base)
      let (innerLength, innerStride) = (order.lengths.last ?? 1, order.strides.last ?? 1)
      var index = range.lowerBound
      while index < range.upperBound {
        var (outer, inner) = index.quotientAndRemainder(dividingBy: innerLength)
        var place = inner * innerStride
        for dimension in order.lengths.indices.dropLast().reversed() {
          let (next, here) = outer.quotientAndRemainder(dividingBy: order.lengths[dimension])
          place += here * order.strides[dimension]
          outer = next
        }
        // Along the last dimension, as far as both it and the range go.
        let run = Swift.min(innerLength - inner, range.upperBound - index)
        Self.copy(run, of: bytes, from: source + place * bytes, stride: innerStride * bytes, to: target)
        target += run * bytes
        index += run
        inner = 0
      }
    }
  }

  private static func copy(
    _ count: Int, of bytes: Int, from source: UnsafeRawPointer, stride: Int, to target: UnsafeMutableRawPointer
  ) {
    func each<Bits: BitwiseCopyable>(_: Bits.Type) {
      for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * stride, as: Bits.self)
        target.storeBytes(of: bits, toByteOffset: index * bytes, as: Bits.self)
      }
    }
    switch bytes {
    case 1: each(UInt8.self)
    case 2: each(UInt16.self)
    case 4: each(UInt32.self)
    case 8: each(UInt64.self)
    default:
      for index in 0..<count { (target + index * bytes).copyMemory(from: source + index * stride, byteCount: bytes) }
    }
  }
}
