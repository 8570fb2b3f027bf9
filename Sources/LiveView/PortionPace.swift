import NIOCore

/// Lets so many portions of work go in a second, and hands out when the others may, in order.
///
/// The generic cell rate algorithm: one number, the time at which the next portion is due if all come evenly.
package struct PortionPace: Sendable {
  private let interval: TimeAmount
  private let slack: TimeAmount
  private var next = NIODeadline.uptimeNanoseconds(0)

  /// - Parameters:
  ///   - perSecond: portions in a second, at least 1.
  ///   - atOnce: portions that need not wait after a pause, at least 1.
  package init(perSecond: Int, atOnce: Int) {
    interval = .nanoseconds(1_000_000_000 / Int64(max(1, perSecond)))
    slack = interval * max(0, atOnce - 1)
  }

  /// Takes the next place in the queue.
  ///
  /// - Returns: how long to wait for it; zero where nobody waits.
  package mutating func take(now: NIODeadline) -> TimeAmount {
    let start = max(next, now)
    next = start + interval
    return max(.zero, start - now - slack)
  }
}
