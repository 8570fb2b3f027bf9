import Foundation
import Synchronization

/// Files that mean nothing once this process has ended, however it ends: temporary files on their way to their real names,
/// and locks of folders. Whoever ends the process in a hurry removes them.
package enum UnfinishedFiles {
  /// Each with its path as the system takes it: made when a signal has come, it would be allocated, and the thread that the
  /// signal interrupts may hold the lock of the heap.
  private static let paths = Mutex<[String: ContiguousArray<CChar>]>([:])

  /// Makes ready for ``removeAll()``, which a signal handler may call: a static's first use takes a lock.
  package static func prepare() { paths.withLock { _ in } }

  static func add(_ path: String) { paths.withLock { $0[path] = path.utf8CString } }

  static func remove(_ path: String) { paths.withLock { $0[path] = nil } }

  /// Removes all of them. For a signal handler: it neither waits nor allocates, and leaves them where the very list is being
  /// changed; then they are as after a kill, which the next writer of the folder tidies up.
  package static func removeAll() {
    _ = paths.withLockIfAvailable { paths in
      for path in paths.values { path.withUnsafeBufferPointer { _ = $0.baseAddress.map { unlink($0) } } }
    }
  }
}
