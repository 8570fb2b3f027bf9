/// Where in the training a batch stands.
package struct BatchPosition: Sendable, Equatable, BitwiseCopyable {
  /// From 0.
  package let epoch: Int
  /// From 0, over all epochs.
  package let step: Int
  /// Position of the batch's first sample in the epoch's order.
  package let first: Int
  /// Samples in the batch.
  package let count: Int

  /// A batch of `count` samples.
  package init(epoch: Int, step: Int, first: Int, count: Int) {
    self.epoch = epoch
    self.step = step
    self.first = first
    self.count = count
  }
}
