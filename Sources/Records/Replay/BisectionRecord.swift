/// `isotherm bisect A B --json`: where two runs first differ.
package struct BisectionRecord: Codable, Sendable, Equatable {
  /// What differs first, in the order of causes.
  package enum Part: String, Codable, Sendable {
    /// Nothing, in all steps that both have.
    case nothing
    /// The weights before the first step.
    case start
    /// The learning rate of a step.
    case learningRate
    /// How the batch is divided into shards and microbatches.
    case division
    /// Which samples a batch has.
    case samples
    /// What a sample's class or numbers to predict are.
    case label
    /// What a sample's inputs are.
    case input
    /// What a layer gives.
    case forward
    case loss
    /// The gradient by what a layer gives.
    case backward
    /// The batch's average gradient by a tensor.
    case gradient
    /// A tensor after the step.
    case update
    /// The optimizer's state, or what follows the weights, though all weights are equal.
    case state
  }

  /// A key of the config with two values.
  package struct Key: Codable, Sendable, Equatable {
    package var path: String
    package var a: String
    package var b: String

    package init(path: String, a: String, b: String) {
      self.path = path
      self.a = a
      self.b = b
    }
  }

  /// The run directories.
  package var a: String
  package var b: String
  /// Keys of the configs that differ.
  package var keys: [Key] = []
  /// Whether both have the same data, by digest.
  package var hasSameData: Bool
  /// Samples of the training set that are others in the two, up to a hundred, and how many there are; empty where both have
  /// the same data.
  package var differentSamples: [Int] = []
  package var differentSampleCount = 0
  /// Whether these are two samples that have changed places.
  package var isSwap = false
  /// The last step after which both are known to be equal, and how many were compared.
  package var equalUpTo = 0
  package var steps = 0
  /// Steps that were computed again to find it.
  package var stepsComputed = 0
  /// The first step in which they differ, from 1; `nil` if none does.
  package var step: Int?
  package var part: Part = .nothing
  /// The layer, or the tensor, and the element in it.
  package var layer: String?
  package var tensor: String?
  package var element: Int?
  /// The values there.
  package var valueA: String?
  package var valueB: String?
  /// How many elements differ there.
  package var count: Int?
  /// Where in the batch the sample is, and which it is in either training set.
  package var position: Int?
  package var sampleA: Int?
  package var sampleB: Int?
  /// The shard and the microbatch, from 0.
  package var shard: Int?
  package var microbatch: Int?
  /// All positions of the batch at which samples differ, up to a hundred.
  package var positions: [Int] = []
  package var notes: [String] = []

  package init(a: String, b: String, hasSameData: Bool) {
    self.a = a
    self.b = b
    self.hasSameData = hasSameData
  }
}
