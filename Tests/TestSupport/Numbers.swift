import Kernels
import Testing

/// A seeded generator for test inputs (SplitMix64): the same numbers in every run.
public struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  /// The generator for one seed.
  public init(seed: UInt64) { state = seed }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// `count` numbers, uniform in the range.
  public mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}

/// Expects |actual − expected| ≤ absolute + relative · max |expected| at every index, and no NaN.
///
/// The bound is relative to the largest element, since sums cancel: a small element of a large sum has its error.
public func expectClose(
  _ actual: [Float], _ expected: [Float], relative: Float = 1e-5, absolute: Float = 1e-6, _ label: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.count == expected.count else {
    Issue.record("\(label): \(actual.count) elements, expected \(expected.count)", sourceLocation: sourceLocation)
    return
  }
  let bound = absolute + relative * (expected.map(abs).max() ?? 0)
  for index in actual.indices where !(abs(actual[index] - expected[index]) <= bound) {
    Issue.record(
      "\(label)[\(index)]: \(actual[index]), expected \(expected[index]) within \(bound)",
      sourceLocation: sourceLocation)
    return
  }
}

/// Runs `body` for every value and names the value in any failure.
public func withEvery<Value>(_ label: String, in values: [Value], _ body: (Value) throws -> Void) rethrows {
  for value in values {
    try withKnownContext("\(label) = \(value)") { try body(value) }
  }
}

private func withKnownContext(_ context: String, _ body: () throws -> Void) rethrows {
  do { try body() } catch {
    Issue.record("\(context): \(error)")
    throw error
  }
}
