/// `batch`: how many samples a step takes and how they are divided.
public struct BatchConfiguration: Sendable, Equatable {
  /// B: samples of one optimizer step.
  public var size: Int
  /// k: fixed parts of the batch with a gradient each; `nil` follows from the size and the microbatch.
  public var shards: Int?
  /// n: samples that go through the network at once; `nil` follows from the model and the batch.
  public var microbatch: Int?
  public init(size: Int, shards: Int? = nil, microbatch: Int? = nil) {
    self.size = size
    self.shards = shards
    self.microbatch = microbatch
  }
}
