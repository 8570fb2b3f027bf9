import Kernels
import Synchronization
import TestSupport
import Testing

/// All tests of the room, one at a time: they force kernel paths and count the process's allocations.
@Suite("Kernels", .serialized) enum KernelsTests {}

/// Lengths around every vector and block size: none but 16, 64 and 512 divide.
let lengths = [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 63, 64, 65, 127, 129, 512, 1000, 1037]

/// Runs `body` with the kernels of every path that this CPU has, and checks that none wrote outside its views.
func forEachPath(
  _ body: (KernelPath) throws -> Void, sourceLocation: SourceLocation = #_sourceLocation
) rethrows {
  for path in KernelPath.supported {
    try KernelPath.withForced(path) { try body(path) }
    #expect(Memory.releaseAndCheck(), "\(path) wrote outside a view", sourceLocation: sourceLocation)
  }
}

/// Storage of a test's views: deliberately not aligned to a vector, between guard elements.
enum Memory {
  private static let guardCount = 17
  private static let guardFloat: Float = 12345.678
  private static let guardByte: UInt8 = 171
  private static let floatBuffers = Mutex<[Buffer<Float>]>([])
  private static let byteBuffers = Mutex<[Buffer<UInt8>]>([])
  private static let labelBuffers = Mutex<[Buffer<Int32>]>([])

  /// A view that holds `elements`.
  static func floats(_ elements: [Float]) -> Floats {
    let buffer = Buffer<Float>(count: elements.count + 2 * guardCount)
    buffer.view.fill(with: guardFloat)
    floatBuffers.withLock { $0.append(buffer) }
    let view = buffer.view[guardCount..<guardCount + elements.count]
    view.copy(from: elements)
    return view
  }

  /// A view of `count` NaNs: what a kernel must overwrite.
  static func output(_ count: Int) -> Floats { floats([Float](repeating: .nan, count: count)) }

  /// A view that holds `elements`.
  static func bytes(_ elements: [UInt8]) -> View<UInt8> {
    let buffer = Buffer<UInt8>(count: elements.count + 2 * guardCount)
    buffer.view.fill(with: guardByte)
    byteBuffers.withLock { $0.append(buffer) }
    let view = buffer.view[guardCount..<guardCount + elements.count]
    view.copy(from: elements)
    return view
  }

  /// A view that holds `elements`.
  static func labels(_ elements: [Int32]) -> Labels {
    let buffer = Buffer(elements)
    labelBuffers.withLock { $0.append(buffer) }
    return buffer.view
  }

  /// Frees all views; false where a guard element changed.
  static func releaseAndCheck() -> Bool {
    labelBuffers.withLock { $0.removeAll() }
    return floatBuffers.withLock { intact(&$0, guardFloat) } && byteBuffers.withLock { intact(&$0, guardByte) }
  }

  private static func intact<Element: Equatable>(_ buffers: inout [Buffer<Element>], _ guardElement: Element) -> Bool {
    defer { buffers.removeAll() }
    return buffers.allSatisfy { buffer in
      (0..<guardCount).allSatisfy {
        buffer.view[$0] == guardElement && buffer.view[buffer.view.count - 1 - $0] == guardElement
      }
    }
  }
}

/// Expects the same bits but for the sign of zero, and names the first difference.
func expectSame(
  _ actual: [Float], _ expected: [Float], _ label: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(label): \(actual.count) elements, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  guard let index = actual.indices.first(where: { actual[$0] != expected[$0] }) else { return }
  Issue.record(
    "\(label)[\(index)]: \(actual[index]), expected \(expected[index])", sourceLocation: sourceLocation)
}

/// A matrix of new storage.
func matrix(_ elements: [Float], columns: Int) -> Matrix {
  Matrix(Memory.floats(elements), rows: elements.count / columns, columns: columns)
}

/// d loss ÷ d input by central differences of a loss in double precision.
func finiteDifferences(at input: [Double], step: Double = 1e-5, _ loss: ([Double]) -> Double) -> [Float] {
  input.indices.map { index in
    var moved = input
    moved[index] = input[index] + step
    let above = loss(moved)
    moved[index] = input[index] - step
    return Float((above - loss(moved)) / (2 * step))
  }
}
