import Kernels

/// The samples of a data set as an input to predict from, with their answers.
package struct SourceReader: InputReader {
  private let source: any SampleSource
  private let targetScale: TargetScale?
  private var next = 0

  /// Reads a whole set; `targetScale` is how its numbers to predict were scaled.
  package init(_ source: any SampleSource, targetScale: TargetScale?) {
    self.source = source
    self.targetScale = targetScale
  }

  package mutating func read(atMost count: Int) -> (any InputBatch)? {
    guard next < source.count else { return nil }
    let range = next..<min(next + count, source.count)
    next = range.upperBound
    return SourceBatch(source: source, samples: range, targetScale: targetScale)
  }
}

private struct SourceBatch: InputBatch {
  let source: any SampleSource
  let samples: Range<Int>
  let targetScale: TargetScale?

  var count: Int { samples.count }

  func name(_ index: Int) -> String { String(samples.lowerBound + index) }

  func write(_ index: Int, into input: Floats) { source.write(samples.lowerBound + index, into: input) }

  func answer(_ index: Int) -> InputAnswer? {
    let sample = samples.lowerBound + index
    guard let targetScale else { return .label(source.label(of: sample)) }
    let targets = Buffer<Float>(count: targetScale.width)
    source.writeTarget(of: sample, into: targets.view)
    return .values((0..<targetScale.width).map { targetScale.number(targets.view[$0], index: $0) })
  }
}
