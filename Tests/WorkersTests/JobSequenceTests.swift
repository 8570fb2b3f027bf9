import Foundation
import TestSupport
import Testing

import Workers

@Suite("A sequence of jobs")
struct JobSequenceTests {
  @Test(
    "does them in their order, each when its parts are ready, whatever the order of these", arguments: [nil, "test"])
  func order(thread: String?) {
    let sequence = JobSequence(thread: thread)
    let (begun, log, ready) = (Locked<[Int]>([]), Locked<[Int]>([]), Locked<[Int: Int]>([:]))
    let parts = [0, 3, 1, 0, 2]
    var generator = SeededGenerator(seed: 7)
    for round in 0..<50 {
      let jobs = parts.indices.map { job in
        JobSequence.Job(parts: parts[job]) {
          let missing = ready.withLock { parts[job] - $0[job, default: 0] }
          begun.withLock { $0.append(missing == 0 ? job : -1) }
        } finish: {
          let isBegun = begun.withLock { $0.contains(job) }
          log.withLock { $0.append(isBegun ? job : -1) }
        }
      }
      let first = sequence.append(Array(jobs.prefix(2)))
      #expect(first == round * parts.count)
      #expect(sequence.append(Array(jobs.dropFirst(2))) == first + 2)
      for job in parts.indices.flatMap({ Array(repeating: $0, count: parts[$0]) }).shuffled(using: &generator) {
        ready.withLock { $0[job, default: 0] += 1 }
        sequence.partIsReady(of: first + job)
      }
      if thread != nil { sequence.wait(for: first + 3) }
      sequence.finish()
      sequence.wait(for: first + 4)
      #expect(log.withLock { $0 } == [0, 1, 2, 3, 4], "round \(round)")
      #expect(begun.withLock { $0 } == [0, 1, 2, 3, 4], "round \(round)")
      log.withLock { $0 = [] }
      begun.withLock { $0 = [] }
      ready.withLock { $0 = [:] }
    }
  }

  @Test("with a thread goes on while others compute, and lets go of its owner at the end")
  func background() {
    final class Owner: Sendable { let value = 1 }
    var owner: Owner? = Owner()
    weak let gone = owner
    do {
      let sequence = JobSequence(thread: "test")
      let met = DispatchSemaphore(value: 0)
      let number = sequence.append([.init(parts: 0) { [owner] in if owner?.value == 1 { met.signal() } }])
      // Nobody waits for the sequence: the thread alone does the job.
      met.wait()
      sequence.wait(for: number)
      owner = nil
    }
    let limit = Date(timeIntervalSinceNow: 60)
    while gone != nil, Date() < limit { usleep(1000) }
    #expect(gone == nil)
  }
}
