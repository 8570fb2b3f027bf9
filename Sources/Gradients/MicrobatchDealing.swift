/// How the samples of a batch, or of some part of one, are dealt to microbatches of at most n: in order, each sample to
/// one.
///
/// Without batch norm it makes no difference but to the time: full microbatches, then a smaller last one. With batch
/// norm the size of a microbatch is part of the loss (Goyal et al. 2017, §3.1), and one of a single sample has no
/// variance: so ⌈count ÷ n⌉ microbatches share the samples evenly, microbatch i of m from i·count ÷ m on, and no two
/// sizes differ by more than 1. Where n divides the count, both are the same.
package struct MicrobatchDealing: Sendable, Equatable, BitwiseCopyable {
  /// Positions in the batch.
  package var samples: Range<Int> { first..<end }
  private let first: Int
  private let end: Int
  /// n: the most samples of a microbatch.
  package let size: Int
  /// Whether sizes are even rather than full.
  package let isEven: Bool

  /// Deals the samples at these positions.
  package init(_ samples: Range<Int>, size: Int, isEven: Bool) {
    precondition(size >= 1, "microbatches of \(size) samples")
    (first, end) = (samples.lowerBound, samples.upperBound)
    self.size = size
    self.isEven = isEven
  }

  /// m: the number of microbatches.
  package var count: Int { (samples.count + size - 1) / size }

  /// Positions of the samples of the microbatch at `index`, 0..<`count`.
  package subscript(index: Int) -> Range<Int> { start(of: index)..<start(of: index + 1) }

  /// Positions of the samples of some microbatches.
  package func samples(of microbatches: Range<Int>) -> Range<Int> {
    start(of: microbatches.lowerBound)..<start(of: microbatches.upperBound)
  }

  /// Samples of the smallest and of the largest microbatch; 0 and 0 without any sample.
  package var sizes: (smallest: Int, largest: Int) {
    guard count > 0 else { return (0, 0) }
    if isEven { return (samples.count / count, (samples.count + count - 1) / count) }
    return (samples.count - (count - 1) * size, min(size, samples.count))
  }

  /// The microbatches of one of several parts that are as even as whole microbatches go.
  package func microbatches(ofPart part: Int, of parts: Int) -> Range<Int> {
    part * count / parts..<(part + 1) * count / parts
  }

  private func start(of index: Int) -> Int {
    samples.lowerBound + (isEven && count > 0 ? index * samples.count / count : min(index * size, samples.count))
  }
}
