package import Foundation

/// A value that several threads change, behind a lock on which they can wait for one another's changes.
///
/// In place of Synchronization's `Mutex` where threads wait, or where ThreadSanitizer has to see the lock.
package final class Monitor<State>: Sendable {
  @usableFromInline let condition = NSCondition()
  /// Guarded by `condition`.
  @usableFromInline nonisolated(unsafe) var state: State

  package init(_ state: sending State) { self.state = state }

  /// Reads or changes the value.
  @inlinable
  package func withLock<Result>(_ body: (inout State) throws -> Result) rethrows -> Result {
    try condition.withLock { try body(&state) }
  }

  /// Reads or changes the value as soon as `body` finds what it waits for; it is asked anew after every signal.
  @inlinable
  package func wait<Result>(for body: (inout State) -> Result?) -> Result {
    condition.withLock {
      while true {
        if let result = body(&state) { return result }
        condition.wait()
      }
    }
  }

  /// Changes the value, and wakes all threads that wait.
  @inlinable
  package func broadcast(_ body: (inout State) -> Void) {
    condition.withLock {
      body(&state)
      condition.broadcast()
    }
  }

  /// Changes the value, and wakes one thread that waits.
  @inlinable
  package func signal(_ body: (inout State) -> Void) {
    condition.withLock {
      body(&state)
      condition.signal()
    }
  }
}
