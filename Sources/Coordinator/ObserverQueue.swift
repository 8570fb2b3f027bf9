import Dispatch
import Machine
import Synchronization

/// The way from the trainer to an observer that has a thread of its own.
///
/// To hand over a step costs a lock and a copy, allocates nothing and wakes nobody: the observer's thread looks for
/// itself every 50 ms. It is woken for other events, and where half of the room is taken. The trainer and the observer
/// hold the lock only to put an event in and to take all of them out, never while the observer works.
final class ObserverQueue: Sendable {
  private struct Slot {
    var event: TrainingEvent
    /// Steps before it that were not passed on.
    var skipped = 0
  }

  private struct Inbox {
    var slots: [Slot] = []
    /// Steps among them.
    var steps = 0
    var isClosed = false
  }

  /// Whether the observer is to be told of histograms.
  let wantsHistograms: Bool
  /// Steps that may wait.
  private let capacity: Int
  private let inbox: Mutex<Inbox>
  /// Locked by its own thread for as long as that works.
  private let observer: Mutex<any RunObserver>
  private let name: String
  private let failure = Mutex<ObserverFailure?>(nil)
  /// Whether the system grants a thread; without one, events are delivered on the trainer's.
  private let hasThread = Mutex(false)
  private let wake = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private static let pause = DispatchTimeInterval.milliseconds(50)

  /// - Parameter capacity: steps that may wait, at least 1.
  init(_ observer: sending any RunObserver, capacity: Int) {
    precondition(capacity >= 1, "an observer's queue of \(capacity) steps")
    self.capacity = capacity
    wantsHistograms = observer.wantsHistograms
    name = "\(type(of: observer))"
    inbox = Mutex(Inbox())
    self.observer = Mutex(observer)
  }

  // MARK: The trainer's side

  /// Starts the observer's thread.
  func start() {
    inbox.withLock { inbox in
      inbox.slots.reserveCapacity(capacity + 64)
      inbox.isClosed = false
    }
    let isGranted = ThreadLimit.grantedThreads(1) == 1
    hasThread.withLock { $0 = isGranted }
    guard isGranted else { return }
    DispatchQueue(label: "isotherm.observer.\(name)", qos: .utility).async { self.serve() }
  }

  /// Hands an event over, and returns at once.
  func add(_ event: TrainingEvent) {
    guard hasThread.withLock({ $0 }) else { return deliver(Slot(event: event)) }
    if inbox.withLock({ put(event, in: &$0) }) { wake.signal() }
  }

  /// Says that nothing more will come.
  func close() {
    guard hasThread.withLock({ $0 }) else { return }
    inbox.withLock { $0.isClosed = true }
    wake.signal()
  }

  /// Waits until the observer has had everything and has finished; after ``close()``.
  ///
  /// - Returns: what went wrong there, if anything did.
  func wait() -> ObserverFailure? {
    if hasThread.withLock({ $0 }) { ended.wait() } else { finish() }
    return failure.withLock { $0 }
  }

  /// - Returns: whether the observer should be woken.
  private func put(_ event: TrainingEvent, in inbox: inout Inbox) -> Bool {
    guard case .step = event else {
      inbox.slots.append(Slot(event: event))
      return true
    }
    if inbox.steps >= capacity, let last = inbox.slots.last, case .step = last.event {
      inbox.slots[inbox.slots.count - 1] = Slot(event: event, skipped: last.skipped + 1)
      return false
    }
    inbox.slots.append(Slot(event: event))
    inbox.steps += 1
    return inbox.steps == (capacity + 1) / 2
  }

  // MARK: The observer's side

  private func serve() {
    var slots: [Slot] = []
    slots.reserveCapacity(capacity + 64)
    var isClosed = false
    while !isClosed {
      _ = wake.wait(timeout: .now() + Self.pause)
      isClosed = inbox.withLock { inbox in
        swap(&inbox.slots, &slots)
        inbox.steps = 0
        return inbox.isClosed
      }
      for slot in slots { deliver(slot) }
      slots.removeAll(keepingCapacity: true)
    }
    finish()
    ended.signal()
  }

  private func deliver(_ slot: Slot) {
    attempt { observer in
      if slot.skipped > 0 { try observer.observe(.skipped(steps: slot.skipped)) }
      try observer.observe(slot.event)
    }
  }

  private func finish() { attempt { try $0.finish() } }

  /// An observer that has failed is left alone.
  private func attempt(_ body: (any RunObserver) throws -> Void) {
    guard failure.withLock({ $0 == nil }) else { return }
    do {
      try observer.withLock { try body($0) }
    } catch {
      failure.withLock { $0 = ObserverFailure(observer: name, error: error) }
    }
  }
}
