/// `isotherm replay RUN --step N --json`: a step of a run, computed again.
package struct StepReplay: Codable, Sendable, Equatable {
  /// The run directory.
  package var run: String
  /// From 1, as metrics count.
  package var step: Int
  package var epoch: Double
  /// The step of the save from which the steps before were computed; 0 is the beginning of the run.
  package var computedFrom: Int
  /// Mean loss of the batch; `nil` where it is not finite.
  package var loss: Double?
  package var learningRate: Double
  /// As `metrics.jsonl` has them; `nil` where it has no line for the step.
  package var recordedLoss: Double?
  package var recordedLearningRate: Double?
  /// Whether the losses are the same to the last bit; `nil` where none is recorded.
  package var isSame: Bool?
  /// B, k and n.
  package var batch: Int
  package var shards: Int
  package var microbatch: Int
  /// The shard and the microbatch that layers are shown of, from 0; left out, all.
  package var shard: Int?
  package var microbatchOfShard: Int?
  /// Places in the training set of the samples shown, where it is one microbatch.
  package var samples: [Int]?
  package var layers: [LayerRange] = []
  package var tensors: [TensorRange] = []
  /// Where a number is first not finite.
  package var place: FailurePlace?
  package var kernels: String
  package var blasCore: String
  /// What is otherwise than in the run, in words.
  package var notes: [String] = []

  package init(
    run: String, step: Int, epoch: Double, computedFrom: Int, learningRate: Double, batch: Int, shards: Int,
    microbatch: Int, kernels: String, blasCore: String
  ) {
    self.run = run
    self.step = step
    self.epoch = epoch
    self.computedFrom = computedFrom
    self.learningRate = learningRate
    self.batch = batch
    self.shards = shards
    self.microbatch = microbatch
    self.kernels = kernels
    self.blasCore = blasCore
  }
}
