import Kernels
import Models
import Synchronization

/// Notes whether anything in a step's passes was no finite number: inputs, activations, losses, gradients.
///
/// Workers look at the same trap. It only remembers that there was something; where it arose first, a second look in the
/// order of shards, microbatches and layers tells, which no thread's timing changes.
package final class NonFiniteTrap: PassObserver, Sendable {
  private let armed = Atomic<Bool>(false)
  private let sprung = Atomic<Bool>(false)

  package init() {}

  /// Whether passes are looked at.
  package var isArmed: Bool {
    get { armed.load(ordering: .relaxed) }
    set { armed.store(newValue, ordering: .relaxed) }
  }

  /// Whether something was not finite since ``reset()``.
  package var isSprung: Bool { sprung.load(ordering: .relaxed) }

  /// Forgets what was seen, between fork-joins.
  func reset() { sprung.store(false, ordering: .relaxed) }

  package func observe(_ point: PassPoint, of pass: Pass, _ values: Floats) {
    // No sum of squares of single precision overflows in double, so it is finite if all numbers are.
    if !Reduction.squaredNorm(values).isFinite { sprung.store(true, ordering: .relaxed) }
  }

  package func observe(_ loss: LossSum, of pass: Pass) {
    if !loss.loss.isFinite { sprung.store(true, ordering: .relaxed) }
  }
}
