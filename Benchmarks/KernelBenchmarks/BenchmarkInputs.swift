import Kernels

/// Numbers for kernels to work on.
struct BenchmarkInputs {
  private var state: UInt64 = 1

  /// `count` numbers in -1..<1.
  mutating func buffer(_ count: Int) -> Buffer<Float> {
    let buffer = Buffer<Float>(count: count)
    for index in 0..<count {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      buffer.view[index] = Float(state >> 40) * 0x1p-23 - 1
    }
    return buffer
  }
}

/// max |a − b| ÷ max |b|.
func relativeError(_ a: Buffer<Float>, _ b: Buffer<Float>) -> Double {
  a.withView { a in b.withView { b in relativeError(a, b) } }
}

private func relativeError(_ a: Floats, _ b: Floats) -> Double {
  var difference: Float = 0
  var largest: Float = 0
  for index in b.indices {
    // A NaN must not get lost.
    let gap = abs(a[index] - b[index])
    if !(gap <= difference) { difference = gap }
    largest = max(largest, abs(b[index]))
  }
  return Double(difference) / Double(max(largest, .leastNormalMagnitude))
}
