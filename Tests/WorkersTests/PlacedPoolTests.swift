import Foundation
import Machine
import Synchronization
import TestSupport
import Testing

import Workers

@Suite("A worker pool on a large server")
struct PlacedPoolTests {
  /// Workers that are held as on a server of two nodes with two L3 groups each; here most of those units do not exist, and the
  /// system refuses to bind a thread to them.
  private func pinning(_ threads: Int) throws -> Pinning {
    let words = "package:2 numa:1 l3:2 core:64 pu:1"
    return try .pinned(Placement(#require(LoadedTopology(.synthetic(words))).topology, threads: threads))
  }

  @Test("calls the work once for every index, at every T", arguments: [1, 2, 3, 4, 7, 8, 31, 64, 100, 255, 256])
  func everyIndexOnce(threads: Int) throws {
    for pool in try [WorkerPool(threads: threads), WorkerPool(threads: threads, pinning: pinning(threads))] {
      try #require(pool.threads == threads)
      for count in [1, 2, 5, threads - 1, threads, threads + 1, 1000] where count > 0 {
        let calls = Locked<[Int]>(Array(repeating: 0, count: count))
        pool.run(count) { _, index in calls.withLock { $0[index] += 1 } }
        #expect(calls.withLock { $0.allSatisfy { $0 == 1 } })
      }
      let own = Locked<[Int]>([])
      pool.runOnEach { worker in own.withLock { $0.append(worker) } }
      #expect(own.withLock { $0.sorted() } == Array(0..<threads))
    }
  }

  @Test("wakes everybody once, two by two, in as many rounds as the number of helpers has digits")
  func wakeTree() {
    for woken in 0...256 {
      var rounds: [Int: Int] = [0: 0]
      var next = [0]
      while let worker = next.popLast() {
        let others = WakeTree.wokenBy(worker, of: woken)
        #expect(others.count <= 2)
        for other in others {
          #expect(rounds.updateValue(rounds[worker]! + 1, forKey: other) == nil)
          next.append(other)
        }
      }
      #expect(rounds.keys.sorted() == Array(0...woken))
      #expect(rounds.values.max() == Int.bitWidth - (woken + 1).leadingZeroBitCount - 1)
    }
  }

  @Test("gives a piece of the indices to each group, and all of it to its workers where they keep up")
  func pieces() throws {
    let pool = try WorkerPool(threads: 8, pinning: pinning(8))
    #expect(pool.hasManyNodes)
    let workers = Locked<[Int]>(Array(repeating: -1, count: 100))
    pool.runAtHome(100) { worker, index in workers.withLock { $0[index] = worker } }
    // Workers 0, 4 are in the first group, 2, 6 in the second of node 0; 1, 5 and 3, 7 on node 1.
    for (piece, members) in [[0, 4], [2, 6], [1, 5], [3, 7]].enumerated() {
      #expect(workers.withLock { $0[25 * piece..<25 * (piece + 1)].allSatisfy { members.contains($0) } })
    }
  }

  @Test("lets workers help out in other groups")
  func stealing() throws {
    let pool = try WorkerPool(threads: 4, pinning: pinning(4))
    let done = Atomic<Int>(0)
    // The first index waits until all others are done: those of its own piece have to be taken by other groups.
    pool.run(40) { _, index in
      if index == 0 { while done.load(ordering: .acquiring) < 39 { sched_yield() } }
      done.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
    #expect(done.load(ordering: .relaxed) == 40)
  }

  @Test("has as many workers as are active, the first ones, and all again later")
  func activeWorkers() throws {
    for pool in try [WorkerPool(threads: 6), WorkerPool(threads: 6, pinning: pinning(6))] {
      for active in [6, 2, 1, 5, 99, 0] {
        pool.activate(active)
        let expected = max(1, min(6, active))
        #expect(pool.activeWorkers == expected)
        let seen = Locked<Set<Int>>([])
        let count = Atomic<Int>(0)
        // Everybody who may take part waits for the others.
        pool.run(expected) { worker, _ in
          seen.withLock { _ = $0.insert(worker) }
          count.wrappingAdd(1, ordering: .acquiringAndReleasing)
          while count.load(ordering: .acquiring) < expected { sched_yield() }
        }
        #expect(seen.withLock { $0 } == Set(0..<expected))
        let calls = Atomic<Int>(0)
        pool.run(50) { worker, _ in
          #expect(worker < expected)
          calls.wrappingAdd(1, ordering: .relaxed)
        }
        #expect(calls.load(ordering: .relaxed) == 50)
      }
    }
  }

  @Test("binds a helper to its seat and gives its thread back; the caller is never bound")
  func binding() throws {
    let here = try #require(UnitSet.ofThread())
    let units = here.numbers.map { Topology.Unit(number: $0, core: $0, group: 0, node: 0, socket: 0) }
    let machine = Topology(units: units, source: .hwloc(isThisMachine: true))
    let threads = min(units.count, 4)
    let pool = WorkerPool(threads: threads, pinning: .pinned(Placement(machine, threads: threads)))
    let found = Locked<[[Int]]>(Array(repeating: [], count: threads))
    func look() -> [[Int]] {
      pool.runOnEach { worker in found.withLock { $0[worker] = UnitSet.ofThread()?.numbers ?? [] } }
      return found.withLock { $0 }
    }
    let bound = look()
    #expect(bound[0] == here.numbers)
    for worker in 1..<max(1, threads) where units.count <= 4 { #expect(bound[worker] == [here.numbers[worker]]) }
    #expect(pool.refusedBindings == 0)
    pool.unpin()
    #expect(look() == Array(repeating: here.numbers, count: threads))
    #expect(UnitSet.ofThread() == here)
  }

  @Test("goes on where the system refuses to bind")
  func refusal() throws {
    let absent = (0..<3).map { Topology.Unit(number: 8000 + $0, core: $0, group: 0, node: 0, socket: 0) }
    let machine = Topology(units: absent, source: .hwloc(isThisMachine: true))
    let pool = WorkerPool(threads: 3, pinning: .pinned(Placement(machine, threads: 3)))
    let calls = Atomic<Int>(0)
    for _ in 0..<20 { pool.run(9) { _, _ in calls.wrappingAdd(1, ordering: .relaxed) } }
    #expect(calls.load(ordering: .relaxed) == 180)
    #expect(pool.refusedBindings <= 2)
    pool.runOnEach { _ in }
    #expect(pool.refusedBindings == 2)
  }
}
