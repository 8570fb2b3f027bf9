/// Where in a run's computations a number was first not finite.
package struct FailurePlace: Codable, Sendable, Equatable {
  /// The part of the computation.
  package enum Part: String, Codable, Sendable {
    /// An input of the network.
    case input
    /// A number that is to be predicted.
    case target
    /// What a layer gives.
    case forward
    /// The loss of a microbatch, though the network's outputs are finite.
    case loss
    /// The gradient of the loss by what a layer gives.
    case backward
    /// The gradient by a tensor, summed over a microbatch, or averaged over the batch.
    case gradient
    /// A tensor after the optimizer's step.
    case update
    /// A tensor before the step: the failure came before, and nothing is left to find it with.
    case weights
  }

  package var part: Part
  /// The layer's place in the network and what `plan` calls it; `nil` where it is no layer's.
  package var layer: String?
  package var layerKind: String?
  /// The layer in whose backward pass it arose.
  package var arisenIn: String?
  /// The tensor's name in files.
  package var tensor: String?
  /// The element: in a sample's values as memory has them ([height, width, channels]), or in a tensor as files have it.
  package var element: Int?
  /// "NaN", "inf" or "-inf".
  package var value: String?
  /// How many are not finite there.
  package var count: Int?
  /// The shard and its microbatch, from 0; `nil` where it is the whole batch.
  package var shard: Int?
  package var microbatch: Int?
  /// The sample in the microbatch, and in its data set, from 0.
  package var row: Int?
  package var sample: Int?
  /// Its class; `nil` for numbers to predict.
  package var label: Int?
  package var className: String?

  package init(_ part: Part) { self.part = part }
}
