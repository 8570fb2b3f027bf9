import Machine
import TestSupport
import Testing

@Suite("The placement of workers")
struct PlacementTests {
  private func seats(_ words: String, _ threads: Int) throws -> [Topology.Unit] {
    try Placement(Servers.synthetic(words), threads: threads).seats
  }

  @Test("spreads them over nodes, then L3 groups, then cores")
  func spreads() throws {
    let seats = try seats(Servers.large, 20)
    #expect(seats.prefix(4).map(\.node) == [0, 1, 0, 1])
    #expect(seats.prefix(16).map(\.group) == [0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15])
    #expect(seats.prefix(6).map(\.core) == [0, 64, 8, 72, 16, 80])
    // The seventeenth is the second of its group.
    #expect(seats[16].group == 0 && seats[16].core == 1)
    let divided = try self.seats(Servers.divided, 16)
    #expect(divided.prefix(8).map(\.node) == Array(0..<8))
    #expect(Set(divided.map(\.group)).count == 16)
  }

  @Test("has as many on every node and in every group as can be, at every T", arguments: [1, 2, 3, 7, 64, 100, 128])
  func evenly(threads: Int) throws {
    for words in [Servers.large, Servers.divided, "package:2 l3:1 numa:2 core:32 pu:2"] {
      let seats = try seats(words, threads)
      #expect(seats.count == threads && Set(seats.map(\.core)).count == threads)
      for part in [\Topology.Unit.node, \Topology.Unit.group] {
        let machine = try Servers.synthetic(words)
        let counts = Set(machine.units.map { $0[keyPath: part] }).map { place in
          seats.count { $0[keyPath: part] == place }
        }
        #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
      }
    }
  }

  @Test("uses SMT siblings only when there are more workers than cores")
  func siblings() throws {
    let words = "package:1 l3:2 core:2 pu:4"
    #expect(try seats(words, 4).map(\.number) == [0, 8, 4, 12])
    #expect(try seats(words, 8).map(\.number) == [0, 8, 4, 12, 1, 9, 5, 13])
    #expect(try Set(seats(words, 16).map(\.number)) == Set(0..<16))
    // Beyond the units they share.
    #expect(try seats(words, 17).last?.number == 0)
    #expect(try seats("core:1 pu:1", 3).map(\.number) == [0, 0, 0])
  }

  @Test("takes the fast cores of a hybrid processor first")
  func hybrid() throws {
    let hybrid = try Servers.hybrid()
    #expect(Placement(hybrid, threads: 6).seats.map(\.number) == [0, 2, 4, 5, 6, 7])
    #expect(Placement(hybrid, threads: 8).seats.map(\.number) == [0, 2, 4, 5, 6, 7, 1, 3])
  }

  @Test("keeps to what a container has: 6 of 128 cores, on two nodes")
  func container() throws {
    let machine = try Servers.synthetic(Servers.large).allowing([10, 11, 12, 13, 40, 41, 200, 202, 204])
    #expect(machine.allowed.cores == 6)
    #expect(Placement(machine, threads: 6).seats.map(\.number) == [10, 200, 40, 202, 12, 204])
    // A core of which one unit alone is allowed has no second worker.
    #expect(Placement(machine, threads: 9).seats.map(\.number).suffix(3) == [11, 41, 13])
  }

  @Test("holds workers to the group while cores are left over, then to the core, then to the unit")
  func widths() throws {
    let machine = try Servers.synthetic("package:1 l3:2 core:2 pu:2")
    let few = Placement(machine, threads: 2)
    #expect(few.width == .group && few.bindings == [[0, 1, 2, 3], [4, 5, 6, 7]])
    let all = Placement(machine, threads: 4)
    #expect(all.width == .core && all.bindings == [[0, 1], [4, 5], [2, 3], [6, 7]])
    let more = Placement(machine, threads: 5)
    #expect(more.width == .unit && more.bindings == [[0], [4], [2], [6], [1]])
  }

  @Test("gives ranks on one node cores of their own", arguments: [2, 3, 5, 8])
  func ranks(ranks: Int) throws {
    let machine = try Servers.synthetic("package:2 numa:1 l3:1 core:4 pu:2")
    let cores = (0..<ranks).map { rank in
      let placement = Placement(machine, threads: 8 / ranks, share: NodeShare(rank: rank, ranks: ranks))
      #expect(Set(placement.bindings.joined()).count <= 2 * ((8 + ranks - 1) / ranks))
      return placement.seats.map(\.core)
    }
    #expect(Set(cores.joined()).count == 8 / ranks * ranks)
  }

  @Test("is not for a run that is told not to pin, is crowded, has one cache or a part of the time, or is elsewhere")
  func free() throws {
    // As if it were this machine.
    let units = try Servers.synthetic("package:2 core:2 pu:2").units
    let machine = Topology(units: units, source: .hwloc(isThisMachine: true))
    func pinning(
      _ threads: Int, quota: Double? = nil, isWanted: Bool = true, isAllowed: Bool = true
    ) -> Pinning {
      Pinning(machine, threads: threads, quota: quota, isWanted: isWanted) { isAllowed }
    }
    #expect(pinning(4) == .pinned(Placement(machine, threads: 4)))
    #expect(pinning(8, quota: 4).placement != nil)
    #expect(pinning(4, isWanted: false) == .free(.unwanted))
    #expect(pinning(9) == .free(.crowded(threads: 9, units: 8)))
    #expect(pinning(2, quota: 3.5) == .free(.quota(3.5, units: 8)))
    #expect(pinning(4, isAllowed: false) == .free(.refused))
    #expect(try Pinning(Servers.synthetic("core:4 pu:1"), threads: 2, quota: nil) == .free(.unknownMachine))
    let single = machine.allowing([3])
    #expect(Pinning(single, threads: 1, quota: nil) { true } == .free(.uniform))
    #expect(Pinning(single, threads: 2, quota: nil) { true } == .free(.crowded(threads: 2, units: 1)))
  }
}

@Suite("The number of threads on auto")
struct ThreadCountRuleTests {
  @Test("is that of the physical cores, shared by the ranks, at most the quota, and every bound is named")
  func bounds() throws {
    let machine = try Servers.synthetic(Servers.large)
    #expect(ThreadCountRule(machine, quota: nil).threads == 128)
    #expect(ThreadCountRule(machine, quota: nil, ranksOnNode: 3).threads == 42)
    #expect(ThreadCountRule(machine, quota: 2.5).threads == 3)
    #expect(ThreadCountRule(machine, quota: 500).threads == 128)
    #expect(ThreadCountRule(machine, quota: 6, ranksOnNode: 4).threads == 2)
    #expect(ThreadCountRule(machine, quota: 0.1, ranksOnNode: 999).threads == 1)
    var rule = ThreadCountRule(machine.allowing(Set(0..<24)), quota: 7.25, ranksOnNode: 1)
    rule.bound(16, "no consequence")
    rule.bound(4, "batch.shards is 4")
    #expect(
      rule.bounds == [
        .init(reason: "the machine has 128 cores, with 256 SMT siblings, which are not counted", threads: 128),
        .init(reason: "the process may run on 12 of them (taskset, a container or a batch system)", threads: 12),
        .init(reason: "a quota grants 7.25 cores' worth of time (cpu.max)", threads: 8),
        .init(reason: "batch.shards is 4", threads: 4),
      ])
  }
}
