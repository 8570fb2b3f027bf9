import Optimizers
import Checkpoints
import Kernels
import Models
import Records

extension Trainer {
  /// Whether no weight and no running statistic is NaN or infinite.
  var hasFiniteWeights: Bool {
    Reduction.isFinite(state.parameters.view) && Reduction.isFinite(state.statistics.view)
  }

  /// The first tensor with a number that is not finite, in the order of layers.
  package func notFiniteWeights(_ part: FailurePlace.Part) -> FailurePlace? {
    for tensor in plan.network.storedTensors {
      if let place = FailurePlace(part, tensor, state.vector(of: tensor)) { return place }
    }
    return nil
  }

  /// The first tensor whose gradient has a number that is not finite.
  package func notFiniteGradient(_ gradient: Floats) -> FailurePlace? {
    for (index, tensor) in plan.network.tensors.enumerated() where !plan.terms[index].isFrozen {
      if let place = FailurePlace(.gradient, tensor.stored, gradient) { return place }
    }
    return nil
  }

  /// A gradient that somebody kept, laid out as the parameters.
  package func gradient(of file: SafetensorsFile) throws -> Buffer<Float> {
    let gradient = Buffer<Float>(count: plan.network.parameterCount)
    try plan.network.load(file, prefix: "", into: gradient.view)
    return gradient
  }
}

extension FailurePlace {
  /// The first number of a tensor that is not finite; `nil` if all are.
  fileprivate init?(_ part: Part, _ tensor: StoredTensor, _ vector: Floats) {
    guard !Reduction.isFinite(vector[tensor.range]) else { return nil }
    let elements = tensor.fileElements(of: vector)
    guard let first = elements.firstIndex(where: { !$0.isFinite }) else { return nil }
    self.init(part)
    self.tensor = tensor.name
    element = first
    value = elements[first].word
    count = elements.count { !$0.isFinite }
  }
}
