/// Who wakes whom: the caller and every helper that has woken wake two more.
///
/// To wake a thread that is parked costs its waker a system call of a few microseconds. One after the other, 63 of them would
/// be a tenth of a millisecond before the caller begins to work; in a tree nobody makes more than two, and the last helper is
/// up after as many rounds as the number of helpers has binary digits.
package enum WakeTree {
  /// The helpers that worker number `worker` wakes, of `woken` in all: workers 1...woken.
  @inline(__always)
  package static func wokenBy(_ worker: Int, of woken: Int) -> Range<Int> {
    let first = min(2 * worker + 1, woken + 1)
    return first..<min(first + 2, woken + 1)
  }
}
