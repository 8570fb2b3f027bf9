/// The logs of a team of workers and of the coordinator that forks them.
///
/// While it records, the spans of each worker that cover time (``TraceSpan/Kind/use``) follow one another without a gap from
/// ``begin()`` to ``end(steps:)``, so that they add up to the time between the two.
///
/// Used by the coordinator, between fork-joins.
package final class SpanRecorder: Sendable {
  /// Steps, evaluations, fork-joins; what the coordinator computes as worker 0 is in that worker's log.
  package let coordinator = SpanLog()
  /// One log a worker.
  package let workers: [SpanLog]
  /// All of them.
  private let logs: [SpanLog]
  private nonisolated(unsafe) var forkedAt: UInt64 = 0
  private nonisolated(unsafe) var beganAt: UInt64 = 0

  /// Logs for `workers` workers; all are off.
  package init(workers: Int) {
    self.workers = (0..<workers).map { _ in SpanLog() }
    logs = [coordinator] + self.workers
  }

  /// Whether spans are recorded.
  package var isOn: Bool { coordinator.isOn }

  /// Gets memory for `capacity` spans of each worker and of the coordinator.
  package func reserve(capacity: Int) {
    for log in logs { log.reserve(capacity) }
  }

  /// Records from now on.
  package func begin() {
    beganAt = TraceSpan.now
    for log in logs { log.begin(at: beganAt) }
  }

  /// Says which step begins, counted from 1.
  package func begin(step: Int) {
    for log in logs { log.setStep(step) }
  }

  /// A fork.
  package func fork() { forkedAt = TraceSpan.now }

  /// The join of the last fork, of `count` pieces of work.
  package func join(_ kind: TraceSpan.Kind, count: Int) {
    let now = TraceSpan.now
    for log in workers {
      // Who was not woken waited for work up to the fork, and then for the others.
      if log.mark < forkedAt { log.cover(.waitForWork, to: forkedAt) }
      log.cover(.waitForOthers, to: now)
    }
    coordinator.add(.forkJoin, index: Int(kind.rawValue), count: count, from: forkedAt, to: now)
  }

  /// Records no more.
  ///
  /// - Parameter steps: the steps that were taken meanwhile.
  package func end(steps: ClosedRange<Int>) -> TraceRecording {
    let now = TraceSpan.now
    for log in workers { log.cover(.waitForWork, to: now) }
    let tracks = workers.enumerated().map { $1.end(named: "worker \($0)") }
    return TraceRecording(
      steps: steps, start: beganAt, end: now, coordinator: coordinator.end(named: "coordinator"), workers: tracks)
  }
}
