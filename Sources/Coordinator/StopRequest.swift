import Synchronization

/// A wish to stop after the current step, raised from a signal handler or another thread.
package final class StopRequest: Sendable {
  private let raised = Atomic<Bool>(false)

  package init() {}

  /// Whether somebody asked to stop.
  package var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Asks to stop.
  package func raise() { raised.store(true, ordering: .relaxed) }
}
