import Synchronization

/// A wish to stop after the current step, raised from a signal handler or another thread.
public final class StopRequest: Sendable {
  private let raised = Atomic<Bool>(false)

  public init() {}

  /// Whether somebody asked to stop.
  public var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Asks to stop.
  public func raise() { raised.store(true, ordering: .relaxed) }
}
