import Kernels

/// Numbers for kernels to work on.
struct BenchmarkInputs {
  private var state: UInt64 = 1

  /// `count` numbers in -1..<1, of which the share `density` is not zero.
  mutating func buffer(_ count: Int, density: Double = 1) -> Buffer<Float> {
    let buffer = Buffer<Float>(count: count)
    for index in 0..<count {
      let value = Float(next() >> 40) * 0x1p-23 - 1
      buffer.view[index] = density < 1 && Double(next() >> 11) * 0x1p-53 >= density ? 0 : value
    }
    return buffer
  }

  private mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
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
