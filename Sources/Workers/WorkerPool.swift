import Machine
import Dispatch
import Synchronization
import Tracing

/// T workers that compute side by side: the fork-join of a step.
///
/// `run` hands out the indices 0..<count to the workers, one at a time, as they become free, and returns when all are
/// done. The caller is worker 0; each other worker is a resident block on a Dispatch queue of its own, which parks on
/// a semaphore between two forks. `DispatchQueue.concurrentPerform` was tried first: it allocates on every call, and
/// never runs more blocks at once than there are cores, so that T above the cores could not be measured.
///
/// Which worker takes which index depends on timing, so results must not: work writes only what belongs to its index
/// (a shard's gradient, a chunk's weights) or to its worker (an arena).
///
/// Calls of `run` must not overlap: one coordinator owns the pool. A fork-join allocates nothing.
package final class WorkerPool: Sendable {
  /// Work for one index: `worker` is in 0..<threads, and no two calls at the same time have the same `worker`.
  package typealias Work = @Sendable (_ worker: Int, _ index: Int) -> Void

  /// T, the caller included: as many as were asked for, or as the system grants.
  package let threads: Int
  /// What the workers record while somebody traces them; off.
  package let spans: SpanRecorder
  private let team: Team

  /// Starts `threads` − 1 resident workers; fewer where the system grants no more (``ThreadLimit``).
  ///
  /// - Parameters:
  ///   - threads: T ≥ 1; it may exceed the cores.
  ///   - cores: cores that the process may use. With no more threads than that, a worker looks out for the next fork
  ///     for some microseconds before it parks, since two fork-joins of a step follow closely.
  package init(threads: Int, cores: Int = MachineTopology.current.usableCores) {
    precondition(threads >= 1, "a pool of \(threads) threads")
    let threads = 1 + ThreadLimit.grantedThreads(threads - 1)
    self.threads = threads
    spans = SpanRecorder(workers: threads)
    let team = Team(helpers: threads - 1, spins: threads <= cores ? 20_000 : 0, spans: spans)
    self.team = team
    for helper in 0..<(threads - 1) {
      let queue = DispatchQueue(label: "isotherm.worker.\(helper + 1)", qos: .userInitiated)
      queue.async { team.serve(helper: helper) }
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
    team.run(count, kind, work)
  }
}

/// What the workers share. The job is guarded by the handshake of `run`: it is written before any helper's semaphore
/// is signalled, and read until the helper counts itself out of `working`.
private final class Team: Sendable {
  private let starts: [DispatchSemaphore]
  private let finished = DispatchSemaphore(value: 0)
  private let spins: Int
  /// Number of forks so far; helpers look out for its change.
  private let forks = Atomic<Int>(0)
  /// Helpers that have not finished the current job.
  private let working = Atomic<Int>(0)
  /// The next index to hand out.
  private let next = Atomic<Int>(0)
  private nonisolated(unsafe) var job: WorkerPool.Work?
  private nonisolated(unsafe) var count = 0
  private nonisolated(unsafe) var kind = TraceSpan.Kind.other
  private let spans: SpanRecorder

  init(helpers: Int, spins: Int, spans: SpanRecorder) {
    starts = (0..<helpers).map { _ in DispatchSemaphore(value: 0) }
    self.spins = spins
    self.spans = spans
  }

  func run(_ count: Int, _ kind: TraceSpan.Kind, _ work: @escaping WorkerPool.Work) {
    let woken = min(starts.count, count - 1)
    self.count = count
    self.kind = kind
    if spans.isOn { spans.fork() }
    next.store(0, ordering: .relaxed)
    if woken > 0 {
      job = work
      working.store(woken, ordering: .relaxed)
      forks.wrappingAdd(1, ordering: .releasing)
      for helper in 0..<woken { starts[helper].signal() }
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
    var seen = 0
    while true {
      spin { forks.load(ordering: .relaxed) != seen }
      starts[helper].wait()
      seen = forks.load(ordering: .relaxed)
      guard work(as: helper + 1) else { return }
      if working.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished.signal() }
    }
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
    for start in starts { start.signal() }
  }

  private func take(worker: Int, _ work: WorkerPool.Work) {
    if spans.isOn { return takeRecorded(worker: worker, work) }
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      work(worker, index)
    }
  }

  /// The same while somebody traces the workers.
  private func takeRecorded(worker: Int, _ work: WorkerPool.Work) {
    let log = spans.workers[worker]
    log.enter()
    while true {
      let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard index < count else { return }
      work(worker, index)
      log.finish(kind, index: index)
    }
  }

  /// Returns as soon as `condition` holds, or when it is time to park.
  private func spin(until condition: () -> Bool) {
    for _ in 0..<spins where condition() { return }
  }
}
