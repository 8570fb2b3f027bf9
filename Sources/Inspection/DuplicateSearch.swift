import Datasets
import Kernels

/// Samples that are there more than once, found by their hashes and then compared number by number.
struct DuplicateSearch {
  /// Two places of the same sample, counted from 0.
  package struct Pair: Encodable, Sendable, Equatable {
    package var first: Int
    package var second: Int
  }

  private let source: any SampleSource
  private let count: Int
  /// The first sample of each hash.
  private var places: [UInt64: Int32] = [:]
  private let one: Buffer<Float>
  private let other: Buffer<Float>
  /// Samples of the source that equal an earlier one of it.
  private(set) var repeated = 0
  /// Of those, the ones whose answer is another than the earlier one's.
  private(set) var contradicting = 0
  private(set) var examples: [Pair] = []
  private static let mostExamples = 5

  /// Looks through the first `count` samples of a source; `progress` hears of every 1,024th.
  init(_ source: any SampleSource, count: Int, progress: (_ sample: Int) -> Void = { _ in }) {
    self.source = source
    self.count = count
    one = Buffer(count: source.shape.count)
    other = Buffer(count: source.shape.count)
    places.reserveCapacity(count)
    for sample in 0..<count {
      if sample.isMultiple(of: 1024) { progress(sample) }
      source.write(sample, into: one.view)
      guard let earlier = places[Self.hash(one.view)] else {
        places[Self.hash(one.view)] = Int32(clamping: sample)
        continue
      }
      guard equals(Int(earlier)) else { continue }
      repeated += 1
      if Self.answersDiffer(source, sample, Int(earlier)) { contradicting += 1 }
      if examples.count < Self.mostExamples { examples.append(Pair(first: Int(earlier), second: sample)) }
    }
  }

  /// Samples of another source that are in this one too, with examples (place here, place there).
  func shared(with otherSource: any SampleSource, count: Int) -> (count: Int, examples: [Pair]) {
    var (found, examples): (Int, [Pair]) = (0, [])
    for sample in 0..<count {
      otherSource.write(sample, into: one.view)
      guard let place = places[Self.hash(one.view)], equals(Int(place)) else { continue }
      found += 1
      if examples.count < Self.mostExamples { examples.append(Pair(first: Int(place), second: sample)) }
    }
    return (found, examples)
  }

  /// Whether the sample that was written last is that one of the source.
  private func equals(_ sample: Int) -> Bool {
    source.write(sample, into: other.view)
    return one.view.indices.allSatisfy { one.view[$0] == other.view[$0] }
  }

  private static func answersDiffer(_ source: any SampleSource, _ sample: Int, _ earlier: Int) -> Bool {
    if source.task.isClassification { return source.label(of: sample) != source.label(of: earlier) }
    let (left, right) = (Buffer<Float>(count: source.outputs), Buffer<Float>(count: source.outputs))
    source.writeTarget(of: sample, into: left.view)
    source.writeTarget(of: earlier, into: right.view)
    return left.view.array() != right.view.array()
  }

  /// A 64-bit hash of the numbers' bits (multiply and fold, two numbers at a time); −0 is 0.
  private static func hash(_ numbers: Floats) -> UInt64 {
    var state: UInt64 = 0x2D35_8DCC_AA6C_78A5
    for index in numbers.indices {
      let word = UInt64((numbers[index] + 0).bitPattern)
      let product = (state ^ word).multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
      state = product.high ^ product.low
    }
    return state
  }
}
