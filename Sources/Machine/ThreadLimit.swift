import Dispatch
import Foundation

/// How many threads the system grants: a limit on processes (`ulimit -u`, a container's pids limit) counts them too.
///
/// Dispatch tries for ever to start a thread that it was refused, and whoever waits for its work waits as long. So the
/// threads are asked for first, in a way that can fail.
package enum ThreadLimit {
  /// Threads that are left to the rest of the program where the limit is reached: Dispatch's own, a live page's.
  private static let spare = 2

  /// Starts up to `count` threads at once, ends them, and says how many of them the program may keep.
  package static func grantedThreads(_ count: Int) -> Int {
    guard count > 0 else { return 0 }
    // All of them wait here until the last one that could be started is.
    let gate = Gate()
    let context = Unmanaged.passUnretained(gate).toOpaque()
    var threads: [pthread_t] = []
    while threads.count < count, let thread = start(context) { threads.append(thread) }
    for _ in threads { gate.semaphore.signal() }
    for thread in threads { pthread_join(thread, nil) }
    return withExtendedLifetime(gate) { threads.count == count ? count : max(0, threads.count - spare) }
  }

  fileprivate final class Gate: Sendable {
    let semaphore = DispatchSemaphore(value: 0)
  }

  private static func start(_ gate: UnsafeMutableRawPointer) -> pthread_t? {
    #if os(Linux)
      var thread: pthread_t = 0
    #else
      var thread: pthread_t?
    #endif
    let code = pthread_create(&thread, nil, waitAtGate, gate)
    return code == 0 ? thread : nil
  }
}

/// What such a thread does.
private func waitAtGate(_ gate: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  if let gate { Unmanaged<ThreadLimit.Gate>.fromOpaque(gate).takeUnretainedValue().semaphore.wait() }
  return nil
}
