/// When the cells of a sweep are evaluated: at steps that grow by a constant factor.
///
/// The first evaluation comes after an eighth of an epoch, or the first step, and each further one after
/// `growth` more steps than the one before, at least one. So every batch's steps to target have the same relative
/// precision, and small batches do not spend their time on the test set.
package struct EvaluationSchedule: Sendable, Equatable {
  /// Epochs before the first evaluation.
  package static let firstEpochs = 0.125

  private let steps: Set<Int>

  /// The schedule of a run of `last` steps; growth is above 0.
  package init(stepsPerEpoch: Int, growth: Double, last: Int) {
    precondition(stepsPerEpoch >= 1 && growth > 0 && last >= 1, "growth \(growth) over \(last) steps")
    var steps: Set<Int> = [last]
    var step = max(1, Int((Self.firstEpochs * Double(stepsPerEpoch)).rounded()))
    while step < last {
      steps.insert(step)
      step = max(step + 1, Int((Double(step) * (1 + growth)).rounded()))
    }
    self.steps = steps
  }

  /// Whether the weights after so many steps are evaluated; always after the last one.
  package func contains(_ step: Int) -> Bool { steps.contains(step) }

  /// Number of evaluations.
  package var count: Int { steps.count }
}
