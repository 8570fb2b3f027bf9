import Kernels

/// A named tensor on its way into a file.
package struct SafetensorsTensor: Sendable {
  /// Its name in the file, for example `0.weight`.
  package let name: String
  /// Its dimensions, outermost first; none for a scalar.
  package let shape: [Int]
  let values: Values

  enum Values: Sendable {
    case floats(Floats)
    case generated(@Sendable (Floats) -> Void)
    case integers([Int64])
  }

  /// A tensor whose elements lie in memory as the file carries them.
  package init(_ name: String, shape: [Int], _ floats: Floats) {
    self.init(name: name, shape: shape, values: .floats(floats))
    precondition(floats.count == count, "'\(name)': \(floats.count) elements for shape \(shape)")
  }

  /// A tensor whose elements are made when they are needed, for example in another layout: `fill` gets
  /// memory for all elements and sets each. It may be called more than once.
  package init(_ name: String, shape: [Int], fill: @escaping @Sendable (Floats) -> Void) {
    self.init(name: name, shape: shape, values: .generated(fill))
  }

  /// A tensor of integers.
  package init(_ name: String, shape: [Int] = [], integers: [Int64]) {
    self.init(name: name, shape: shape, values: .integers(integers))
    precondition(integers.count == count, "'\(name)': \(integers.count) elements for shape \(shape)")
  }

  private init(name: String, shape: [Int], values: Values) {
    precondition(shape.allSatisfy { $0 >= 0 }, "'\(name)' has shape \(shape)")
    self.name = name
    self.shape = shape
    self.values = values
  }

  /// Number of elements.
  package var count: Int { shape.reduce(1, *) }

  var type: TensorType {
    switch values {
    case .floats, .generated: .float32
    case .integers: .int64
    }
  }

  var byteCount: Int { count * type.byteCount }

  /// Elements that must be made in memory before they can be written.
  var scratchCount: Int {
    if case .generated = values { count } else { 0 }
  }

  /// Hands out the bytes as the file carries them, in order, at most 1 MiB at a time.
  ///
  /// - Parameter scratch: at least ``scratchCount`` elements.
  func forEachChunk<Failure: Error>(
    scratch: Floats, _ body: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    let chunk = (1 << 20) / type.byteCount
    switch values {
    case .floats(let floats):
      for start in stride(from: 0, to: count, by: chunk) {
        try body(floats[start..<min(start + chunk, count)].byteArray())
      }
    case .generated(let fill):
      let floats = scratch.prefix(count)
      fill(floats)
      for start in stride(from: 0, to: count, by: chunk) {
        try body(floats[start..<min(start + chunk, count)].byteArray())
      }
    case .integers(let integers):
      for start in stride(from: 0, to: count, by: chunk) {
        try body(integers[start..<min(start + chunk, count)].flatMap { littleEndianBytes($0) })
      }
    }
  }
}

/// The file's bytes of one integer.
func littleEndianBytes(_ integer: Int64) -> [UInt8] {
  (0..<8).map { UInt8(truncatingIfNeeded: integer >> (8 * $0)) }
}

/// Names in the order of their UTF-8 bytes, which no locale or Unicode version changes.
func precedes(_ a: String, _ b: String) -> Bool {
  a.utf8.lexicographicallyPrecedes(b.utf8)
}
