import Foundation

/// A value behind a lock that ThreadSanitizer knows: it does not see through `Synchronization.Mutex`.
public final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  /// Guards a value.
  public init(_ value: Value) { self.value = value }

  /// Calls `body` alone with the value.
  public func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
