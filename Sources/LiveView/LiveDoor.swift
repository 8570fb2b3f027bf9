import NIOCore

/// Lets connections in, sees that none takes longer than it may, and that answers go out at a pace that the work beside
/// them does not notice. Lives on the server's event loop and nowhere else.
final class LiveDoor {
  let limits: LiveLimits
  private let loop: any EventLoop
  private var table: ConnectionTable
  private var handlers: [Int: LiveHandler] = [:]
  private var pace: PortionPace
  private var sweeping: RepeatedTask?

  init(loop: any EventLoop, limits: LiveLimits) {
    self.loop = loop
    self.limits = limits
    table = ConnectionTable(limits)
    pace = PortionPace(perSecond: limits.portionsPerSecond, atOnce: limits.portionsAtOnce)
  }

  /// Lets a connection in, and closes another for it where there are too many.
  func admit(_ handler: LiveHandler, from address: SocketAddress?) -> Int {
    let (number, instead) = table.admit(
      from: ConnectionTable.guest(at: address?.ipAddress ?? ""), now: .now(), within: limits.silentTime)
    handlers[number] = handler
    if let instead { handlers.removeValue(forKey: instead)?.close() }
    if sweeping == nil {
      let bound = NIOLoopBound(self, eventLoop: loop)
      sweeping = loop.scheduleRepeatedTask(initialDelay: limits.sweepTime, delay: limits.sweepTime) { _ in
        bound.value.sweep()
      }
    }
    return number
  }

  /// A connection comes to another phase.
  func enter(_ phase: ConnectionTable.Phase, _ number: Int, within time: TimeAmount?) {
    table.enter(phase, number, now: .now(), within: time)
  }

  /// Forgets a connection that was closed.
  func remove(_ number: Int) {
    table.remove(number)
    handlers[number] = nil
    guard handlers.isEmpty else { return }
    sweeping?.cancel()
    sweeping = nil
  }

  /// Whether one more may follow; a follower that leaves its page unread is closed for it.
  func makesRoomForFollower() -> Bool {
    if table.count(in: .following, .behind) < limits.followers { return true }
    guard let slowest = table.slowestFollower, let handler = handlers[slowest] else { return false }
    remove(slowest)
    handler.close()
    return true
  }

  /// Calls `body` when its turn has come: never within this call, so that many portions neither pile up on the stack nor
  /// go before other connections' ones.
  func inTurn(_ body: @escaping () -> Void) {
    let wait = pace.take(now: .now())
    let bound = NIOLoopBound(body, eventLoop: loop)
    if wait > .zero {
      loop.scheduleTask(in: wait) { bound.value() }
    } else {
      loop.execute { bound.value() }
    }
  }

  private func sweep() {
    for number in table.overdue(now: .now()) {
      let phase = table.phase(of: number)
      // An answer that says so has a while to leave.
      table.enter(.answering, number, now: .now(), within: limits.headTime)
      handlers[number]?.expire(phase)
    }
  }
}
