import Calendars
import Configuration
import Models
import Optimizers

/// Frozen tensors, and tensors with a rate of their own.
extension RunPlan {
  /// What `optimizer.freeze`, `optimizer.groups` and the layers themselves say of each tensor.
  static func terms(
    _ configuration: RunConfiguration, _ network: Network, _ calendar: StepCalendar
  ) throws(RunError) -> [TensorTerms] {
    do {
      return try configuration.optimizer.terms(
        of: network.tensors.map(\.name), isFixed: network.tensors.map(\.isFixed), calendar: calendar)
    } catch {
      throw RunError(path: error.path, message: error.message)
    }
  }

  /// Says how much is trained where something is frozen.
  static func frozenNotes(_ terms: [TensorTerms], _ network: Network) -> [String] {
    let trained = zip(network.tensors, terms).filter { !$1.isFrozen }.map(\.0)
    guard trained.count < terms.count else { return [] }
    let names = trained.prefix(4).map(\.name).joined(separator: ", ")
    let more = trained.count > 4 ? " and \(trained.count - 4) more" : ""
    return [
      "frozen are \(terms.count - trained.count) of \(terms.count) tensors; trained are \(names)\(more), "
        + "\(trained.reduce(0) { $0 + $1.count }) of \(network.trainedCount) parameters"
        + (network.hasBatchNorm ? "; running statistics of batch norm follow the batches in frozen layers too" : "")
    ]
  }
}
