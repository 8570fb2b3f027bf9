internal import Foundation
import Synchronization

/// Jobs that are done one after the other, in the order in which they were given, each once all of its parts are ready.
///
/// A thread of its own does them beside the workers; without one, whoever calls ``finish()`` does. Either way their order is
/// the same, so that what they do may be half of a conversation. Some are begun before the one in front of them is over. Where
/// there is room for them nothing is allocated.
package final class JobSequence: Sendable {
  package struct Job: Sendable {
    /// How often ``partIsReady(of:)`` is called for it.
    package let parts: Int
    /// Begins it, without waiting.
    package let begin: @Sendable () -> Void
    /// Returns when it is done.
    package let finish: @Sendable () -> Void

    package init(parts: Int, begin: @escaping @Sendable () -> Void, finish: @escaping @Sendable () -> Void = {}) {
      self.parts = parts
      self.begin = begin
      self.finish = finish
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

  /// Makes room for so many jobs that are not done: how many there are at a time depends on timing.
  package func reserve(_ count: Int) { line.reserve(count) }

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
    /// Jobs begun, of all: the number of the next.
    var begun = 0
    /// Jobs done, of all.
    var done = 0
    var isStopped = false

    var end: Int { first + jobs.count }

    /// What is to be done next: jobs are begun as soon as they are ready, the first of those begun is finished.
    var next: Task? {
      if begun < end, missing[begun - first] == 0, begun - done < Line.mostBegun { return .begin(jobs[begun - first]) }
      return done < begun ? .finish(jobs[done - first]) : nil
    }
  }

  private enum Task {
    case begin(JobSequence.Job)
    case finish(JobSequence.Job)
  }

  /// Enough that a second one is on its way when the first is over, and the third is not forgotten.
  private static let mostBegun = 3

  private let state = Monitor(State())
  /// The same as `done`, for a look without the lock.
  private let done = Atomic<Int>(0)

  func reserve(_ count: Int) {
    state.withLock {
      $0.jobs.reserveCapacity(count)
      $0.missing.reserveCapacity(count)
    }
  }

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
      return state.missing[index] == 0 && job == state.begun
    }
    if isReady { state.broadcast { _ in } }
  }

  func isDone(_ job: Int) -> Bool { done.load(ordering: .acquiring) > job }

  func wait(for job: Int) { state.wait { $0.done > job ? () : nil } }

  func waitForAll() { state.wait { $0.done == $0.end ? () : nil } }

  /// Begins or finishes a job.
  ///
  /// - Parameter waits: whether it waits for one whose parts are ready, until the sequence is gone.
  /// - Returns: whether there was one.
  func doNext(waits: Bool) -> Bool {
    let task: Task?
    if waits {
      task = state.wait { state -> Task?? in
        if let next = state.next { return .some(next) }
        return state.isStopped ? .some(nil) : nil
      }
    } else {
      task = state.withLock { state in
        precondition(state.done == state.end || state.next != nil, "job \(state.begun) lacks parts")
        return state.next
      }
    }
    switch task {
    case .begin(let job):
      job.begin()
      state.withLock { $0.begun += 1 }
    case .finish(let job):
      job.finish()
      state.broadcast {
        $0.done += 1
        done.store($0.done, ordering: .releasing)
      }
    case nil: return false
    }
    return true
  }

  func stop() { state.broadcast { $0.isStopped = true } }
}
