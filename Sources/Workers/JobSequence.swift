internal import Foundation
import Synchronization

/// Jobs that are done one after the other, in the order in which they were given, each once all of its parts are ready.
///
/// A thread of its own does them beside the workers; without one, whoever calls ``finish()`` does. Either way their order is
/// the same, so that what they do may be half of a conversation. After the first round of jobs nothing is allocated.
package final class JobSequence: Sendable {
  package struct Job: Sendable {
    /// How often ``partIsReady(of:)`` is called for it.
    package let parts: Int
    package let work: @Sendable () -> Void

    package init(parts: Int, work: @escaping @Sendable () -> Void) {
      self.parts = parts
      self.work = work
    }
  }

  private let line = Line()
  private let hasThread: Bool

  /// - Parameter thread: the name of the thread that does the jobs; left out, there is none.
  package init(thread name: String? = nil) {
    hasThread = name != nil
    guard let name else { return }
    let thread = Thread { [line] in while line.doNext(waits: true) {} }
    thread.name = name
    thread.start()
  }

  deinit { line.stop() }

  /// Adds jobs behind those that were given before.
  ///
  /// - Returns: the number of the first.
  package func append(_ jobs: [Job]) -> Int { line.append(jobs) }

  /// Says that a part of a job is ready, from any thread.
  package func partIsReady(of job: Int) { line.partIsReady(of: job) }

  /// Returns when a job is done; without a thread it has to be.
  package func wait(for job: Int) {
    if line.isDone(job) { return }
    precondition(hasThread, "job \(job) is waited for, and nobody does it")
    line.wait(for: job)
  }

  /// Returns when all jobs are done, whose parts have to be ready or to become so.
  package func finish() {
    if hasThread { return line.waitForAll() }
    while line.doNext(waits: false) {}
  }
}

/// What the thread shares with those who give it jobs, so that it does not keep the sequence alive.
private final class Line: Sendable {
  private struct State {
    /// Those given since all were done last.
    var jobs: [JobSequence.Job] = []
    /// Of each of them, parts that are not ready.
    var missing: [Int] = []
    /// The number of the first of them.
    var first = 0
    /// Jobs done, of all: the number of the next.
    var done = 0
    var isStopped = false

    var end: Int { first + jobs.count }
    /// The next job, where all of its parts are ready.
    var next: JobSequence.Job? { done < end && missing[done - first] == 0 ? jobs[done - first] : nil }
  }

  private let state = Monitor(State())
  /// The same as `done`, for a look without the lock.
  private let done = Atomic<Int>(0)

  func append(_ jobs: [JobSequence.Job]) -> Int {
    let number = state.withLock { state in
      if state.done == state.end {
        state.first = state.done
        state.jobs.removeAll(keepingCapacity: true)
        state.missing.removeAll(keepingCapacity: true)
      }
      let number = state.end
      for job in jobs {
        state.jobs.append(job)
        state.missing.append(job.parts)
      }
      return number
    }
    state.broadcast { _ in }
    return number
  }

  func partIsReady(of job: Int) {
    let isReady = state.withLock { state in
      let index = job - state.first
      precondition(state.missing[index] > 0, "more parts of job \(job) than it has")
      state.missing[index] -= 1
      return state.missing[index] == 0 && job == state.done
    }
    if isReady { state.broadcast { _ in } }
  }

  func isDone(_ job: Int) -> Bool { done.load(ordering: .acquiring) > job }

  func wait(for job: Int) { state.wait { $0.done > job ? () : nil } }

  func waitForAll() { state.wait { $0.done == $0.end ? () : nil } }

  /// Does the next job.
  ///
  /// - Parameter waits: whether it waits for one whose parts are ready, until the sequence is gone.
  /// - Returns: whether there was one.
  func doNext(waits: Bool) -> Bool {
    let job: JobSequence.Job?
    if waits {
      job = state.wait { state -> JobSequence.Job?? in
        if let next = state.next { return .some(next) }
        return state.isStopped ? .some(nil) : nil
      }
    } else {
      job = state.withLock { state in
        precondition(state.done == state.end || state.next != nil, "job \(state.done) lacks parts")
        return state.next
      }
    }
    guard let job else { return false }
    job.work()
    state.broadcast {
      $0.done += 1
      done.store($0.done, ordering: .releasing)
    }
    return true
  }

  func stop() { state.broadcast { $0.isStopped = true } }
}
