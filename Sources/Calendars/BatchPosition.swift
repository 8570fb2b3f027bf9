/// Where in the training a batch stands.
public struct BatchPosition: Sendable, Equatable, BitwiseCopyable {
  /// From 0.
  public let epoch: Int
  /// From 0, over all epochs.
  public let step: Int
  /// Position of the batch's first sample in the epoch's order.
  public let first: Int
  /// Samples in the batch.
  public let count: Int

  /// A batch of `count` samples.
  public init(epoch: Int, step: Int, first: Int, count: Int) {
    self.epoch = epoch
    self.step = step
    self.first = first
    self.count = count
  }
}
