import Foundation
import Synchronization
import TestSupport
import Testing

import Workers

@Suite("A worker pool")
struct WorkerPoolTests {
  /// Counters that workers may share.
  private final class Counters: Sendable {
    let calls = Locked<[Int: Int]>([:])
    let running = Locked<Set<Int>>([])
    let clashes = Atomic<Int>(0)
  }

  @Test("calls the work once for every index, for any number of threads", arguments: [1, 2, 3, 7, 16])
  func everyIndexOnce(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for count in [0, 1, 2, 3, 5, 16, 1000] {
      let counters = Counters()
      pool.run(count) { _, index in counters.calls.withLock { $0[index, default: 0] += 1 } }
      let calls = counters.calls.withLock { $0 }
      #expect(calls.count == count)
      #expect(calls.allSatisfy { $0.key < count && $0.value == 1 })
    }
  }

  @Test("gives no worker number to two threads at a time", arguments: [2, 3, 7])
  func workersAreExclusive(threads: Int) {
    let pool = WorkerPool(threads: threads)
    let counters = Counters()
    pool.run(500) { worker, _ in
      let isNew = counters.running.withLock { $0.insert(worker).inserted }
      if !isNew || worker < 0 || worker >= threads { counters.clashes.wrappingAdd(1, ordering: .relaxed) }
      sched_yield()
      _ = counters.running.withLock { $0.remove(worker) }
    }
    #expect(counters.clashes.load(ordering: .relaxed) == 0)
  }

  @Test("runs as many indices at a time as it has threads, cores or no cores")
  func runsSideBySide() {
    // Each index waits until all four have begun: with fewer than four at a time this would never end.
    let pool = WorkerPool(threads: 4)
    let begun = Counters()
    pool.run(4) { _, index in
      begun.calls.withLock { $0[index] = 1 }
      while begun.calls.withLock({ $0.count }) < 4 { sched_yield() }
    }
    #expect(begun.calls.withLock { $0.count } == 4)
  }

  @Test("sees what the work of the fork before wrote")
  func forksAreOrdered() {
    let pool = WorkerPool(threads: 3)
    let values = Locked<[Int]>(Array(repeating: 0, count: 50))
    for round in 1...200 {
      pool.run(50) { _, index in values.withLock { $0[index] += 1 } }
      #expect(values.withLock { $0.allSatisfy { $0 == round } })
    }
  }

  @Test("lets go of its work after the join")
  func workIsReleased() {
    final class Token: Sendable {}
    let pool = WorkerPool(threads: 3)
    // Often, since a helper that lets go too late is seen only when it is slower than the caller.
    var released = 0
    for _ in 0..<2000 {
      weak var kept: Token?
      do {
        let token = Token()
        kept = token
        pool.run(9) { _, _ in _ = token }
      }
      if kept == nil { released += 1 }
    }
    #expect(released == 2000)
  }
}
