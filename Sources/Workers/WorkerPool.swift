import Machine
import Dispatch
internal import Foundation
import Synchronization
import Tracing

/// T workers that compute side by side: the fork-join of a step.
///
/// `run` hands out the indices 0..<count to the workers, one at a time, as they become free, and returns when all are
/// done. The caller is worker 0; each other worker is a thread of its own, which parks on a semaphore between two forks.
/// `DispatchQueue.concurrentPerform` was tried first: it allocates on every call, and never runs more blocks at once than
/// there are cores, so that T above the cores could not be measured. Then resident blocks on queues: Dispatch has at most 255
/// threads for those of a whole process, and one more pool waits for ever.
///
/// Which worker takes which index depends on timing, so results must not: work writes only what belongs to its index
/// (a shard's gradient, a chunk's weights) or to its worker (an arena).
///
/// Where the workers are pinned (``Machine/Pinning``), a helper binds its thread to its seat when it is first woken. The
/// caller is not bound, since every thread that it starts would inherit that: it is
/// led back to its seat at a fork where the system has moved it.
///
/// Calls of `run` must not overlap: one coordinator owns the pool. A fork-join allocates nothing.
package final class WorkerPool: Sendable {
  /// Work for one index: `worker` is in 0..<threads, and no two calls at the same time have the same `worker`.
  package typealias Work = @Sendable (_ worker: Int, _ index: Int) -> Void

  /// T, the caller included: as many as were asked for, or as the system grants.
  package let threads: Int
  /// What the workers record while somebody traces them; off.
  package let spans: SpanRecorder
  /// Whether the workers are held on more than one memory node.
  package let hasManyNodes: Bool
  private let team: Team

  /// Starts `threads` − 1 resident workers; fewer where the system grants no more (``ThreadLimit``).
  ///
  /// - Parameters:
  ///   - threads: T ≥ 1; it may exceed the cores.
  ///   - cores: cores that the process may use. With no more threads than that, a worker looks out for the next fork
  ///     for some microseconds before it parks, since two fork-joins of a step follow closely.
  ///   - pinning: where the workers are held; left out, the scheduler chooses.
  package init(
    threads: Int, cores: Int = MachineTopology.current.usableCores, pinning: Pinning = .free(.unwanted)
  ) {
    precondition(threads >= 1, "a pool of \(threads) threads")
    let threads = 1 + ThreadLimit.grantedThreads(threads - 1)
    self.threads = threads
    spans = SpanRecorder(workers: threads)
    let placement = pinning.placement.flatMap { $0.seats.count >= threads ? $0 : nil }
    hasManyNodes = Set(placement?.seats.prefix(threads).map(\.node) ?? []).count > 1
    let team = Team(helpers: threads - 1, spins: threads <= cores ? 20_000 : 0, spans: spans, placement: placement)
    self.team = team
    for helper in 0..<(threads - 1) {
      let thread = Thread { team.serve(helper: helper) }
      thread.name = "isotherm.\(helper + 1)"
      thread.start()
    }
  }

  deinit {
    team.stop()
  }

  /// Calls `work` once for every index in 0..<count and returns when all calls have returned.
  ///
  /// - Parameter kind: what a trace calls the work of one index.
  package func run(_ count: Int, as kind: TraceSpan.Kind = .other, _ work: @escaping Work) {
    guard count > 0 else { return }
    team.run(count, kind, .any, work)
  }

  /// Calls `work` once on every worker, with its number: to touch what is its own, for one.
  package func runOnEach(_ work: @escaping @Sendable (_ worker: Int) -> Void) {
    team.run(threads, .other, .own) { worker, _ in work(worker) }
  }

  /// Calls `work` once for every index, on the memory node whose workers ``run(_:as:_:)`` gives it to first.
  package func runAtHome(_ count: Int, _ work: @escaping Work) {
    guard count > 0 else { return }
    team.run(count, .other, .lane, work)
  }

  /// Workers that take part from the next fork on, at most ``threads``: the first ones. Bits do not depend on it.
  package var activeWorkers: Int { team.active }

  /// Changes them, between fork-joins.
  package func activate(_ workers: Int) { team.active = max(1, min(threads, workers)) }

  /// Holds nobody to a seat from the next fork on: the seats may be others' now.
  package func unpin() { team.unpin() }

  /// Has the pages of some memory that nobody has touched come from the memory nodes in turn (``Machine/Interleaving``).
  package func interleave(_ pages: (address: UInt, bytes: Int)) {
    Interleaving.apply(address: pages.address, bytes: pages.bytes)
  }

  /// Helpers whose thread the system would not bind, of those woken so far.
  package var refusedBindings: Int { team.refused.load(ordering: .relaxed) }
}

/// What the workers share. The job is guarded by the handshake of `run`: it is written before any helper's semaphore
/// is signalled, and read until the helper counts itself out of `working`. A helper is signalled by the caller or by another
/// helper that was (``WakeTree``), so that what the caller wrote is seen by all.
private final class Team: Sendable {
  /// Who may take which index.
  enum Rule {
    /// Anybody, those of the own lane first.
    case any
    /// The workers of the index's lane alone.
    case lane
    /// Each worker its own number.
    case own
  }

  private let starts: [DispatchSemaphore]
  private let finished = DispatchSemaphore(value: 0)
  private let spins: Int
  /// Number of forks so far; helpers look out for its change.
  private let forks = Atomic<Int>(0)
  /// Helpers that have not finished the current job.
  private let working = Atomic<Int>(0)
  private let handOut: HandOut
  /// Where each worker is held; `nil` where it may run anywhere.
  private let seats: [UnitSet?]
  let refused = Atomic<Int>(0)
  private nonisolated(unsafe) var job: WorkerPool.Work?
  private nonisolated(unsafe) var rule = Rule.any
  private nonisolated(unsafe) var kind = TraceSpan.Kind.other
  /// Helpers that take part in the current job.
  private nonisolated(unsafe) var woken = 0
  /// Written by the coordinator between fork-joins.
  nonisolated(unsafe) var active: Int
  private nonisolated(unsafe) var isHeld: Bool
  /// What a thread that is held no more is given back to; also where worker 0's own is kept for a moment.
  private nonisolated(unsafe) var free: UnitSet
  /// When the caller may be led back to its seat again.
  private nonisolated(unsafe) var returnsFrom: UInt64 = 0
  private let spans: SpanRecorder

  init(helpers: Int, spins: Int, spans: SpanRecorder, placement: Placement?) {
    starts = (0..<helpers).map { _ in DispatchSemaphore(value: 0) }
    self.spins = spins
    self.spans = spans
    active = helpers + 1
    handOut = HandOut(threads: helpers + 1, seats: placement?.seats)
    let free = UnitSet.ofThread()
    self.free = free ?? UnitSet([])
    isHeld = placement != nil && free != nil
    seats = (0...helpers).map { worker in
      let seat = placement.map { UnitSet($0.bindings[worker]) }
      return seat == free ? nil : seat
    }
  }

  func run(_ count: Int, _ kind: TraceSpan.Kind, _ rule: Rule, _ work: @escaping WorkerPool.Work) {
    let workers = rule == .any ? min(active, count) : starts.count + 1
    woken = workers - 1
    self.rule = rule
    self.kind = kind
    if spans.isOn { spans.fork() }
    handOut.begin(count: count, workers: workers)
    if isHeld { returnToSeat() }
    if woken > 0 {
      job = work
      working.store(woken, ordering: .relaxed)
      forks.wrappingAdd(1, ordering: .releasing)
      wakeOthers(as: 0)
    }
    take(worker: 0, work)
    if woken > 0 {
      spin { working.load(ordering: .acquiring) == 0 }
      finished.wait()
      job = nil
    }
    if spans.isOn { spans.join(kind, count: count) }
  }

  func serve(helper: Int) {
    let worker = helper + 1
    var seen = 0
    var isBound = false
    while true {
      spin { forks.load(ordering: .relaxed) != seen }
      starts[helper].wait()
      seen = forks.load(ordering: .relaxed)
      wakeOthers(as: worker)
      if isBound != isHeld { isBound = hold(worker, isHeld) }
      guard work(as: worker) else { return }
      if working.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished.signal() }
    }
  }

  private func wakeOthers(as worker: Int) {
    for other in WakeTree.wokenBy(worker, of: woken) { starts[other - 1].signal() }
  }

  /// Binds a helper's thread to its seat, or gives it back.
  ///
  /// - Returns: `isHeld`, also where the system refuses: it is asked once.
  private func hold(_ worker: Int, _ isHeld: Bool) -> Bool {
    guard let seat = seats[worker] else { return isHeld }
    if !(isHeld ? seat : free).bindThread() { refused.wrappingAdd(1, ordering: .relaxed) }
    return isHeld
  }

  /// Moves the caller to its seat if it runs elsewhere, without holding it there: the threads that it starts (an observer's, a
  /// task's of the program that uses the library) would be held too, and stay so.
  ///
  /// Once a second at most: where another program keeps the seat busy, each return is a wait for its turn.
  private func returnToSeat() {
    guard let seat = seats[0], let unit = UnitSet.ofMoment, !seat.contains(unit) else { return }
    let now = DispatchTime.now().uptimeNanoseconds
    guard now >= returnsFrom, free.readThread() else { return }
    returnsFrom = now + 1_000_000_000
    if seat.bindThread() { _ = free.bindThread() }
  }

  /// Between fork-joins.
  func unpin() {
    isHeld = false
    _ = free.readThread()
  }

  /// Takes part in the current job; `false` if there is none, since the pool is going away.
  ///
  /// A function that is never inlined, so that the job is let go of when it returns: a helper that held it on while it
  /// counts itself out might keep what the job refers to alive after `run` has returned.
  @inline(never)
  private func work(as worker: Int) -> Bool {
    guard let job else { return false }
    take(worker: worker, job)
    return true
  }

  func stop() {
    job = nil
    woken = 0
    for start in starts { start.signal() }
  }

  private func take(worker: Int, _ work: WorkerPool.Work) {
    if rule == .own { return work(worker, worker) }
    if spans.isOn { return takeRecorded(worker: worker, work) }
    handOut.take(worker: worker, steals: rule == .any) { work(worker, $0) }
  }

  /// The same while somebody traces the workers.
  private func takeRecorded(worker: Int, _ work: WorkerPool.Work) {
    let log = spans.workers[worker]
    log.enter()
    handOut.take(worker: worker, steals: rule == .any) { index in
      work(worker, index)
      log.finish(kind, index: index)
    }
  }

  /// Returns as soon as `condition` holds, or when it is time to park.
  private func spin(until condition: () -> Bool) {
    for _ in 0..<spins where condition() { return }
  }
}
