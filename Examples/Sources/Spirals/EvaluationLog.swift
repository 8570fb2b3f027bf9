import Isotherm

/// Prints every evaluation: an observer of this program's own. It has a thread of its own, so no step waits for it.
final class EvaluationLog: RunObserver {
  func observe(_ event: TrainingEvent) {
    guard case .evaluated(let step, _, let evaluation) = event, let accuracy = evaluation.accuracy else { return }
    print("step \(step): loss \(evaluation.loss), accuracy \(accuracy)")
  }
}
