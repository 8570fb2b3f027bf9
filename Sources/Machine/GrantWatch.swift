import Foundation

/// What the system grants the process at a moment: units to run on, and time on them.
package struct Grant: Sendable, Equatable {
  /// The system's numbers of the units; empty where it does not tell.
  package var units: [Int]
  /// Cores' worth of time, `nil` without a quota.
  package var quota: Double?

  /// As the kernel's files below `root` say.
  package init(root: String = "/") {
    func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }
    units = MachineTopology.affinityList(text).flatMap { Topology.numbers(String($0)) } ?? []
    quota = MachineTopology.quota(text)
  }
}

/// Looks from time to time at what the system grants, while a run goes on: a container's quota is raised or lowered, a batch
/// system takes cores away.
///
/// One thread asks.
package struct GrantWatch: Sendable {
  /// What changed.
  package struct Change: Sendable, Equatable {
    /// The workers that can run at once now.
    package var workers: Int
    /// Whether the units are others: nobody is held to where it was, which may be taken.
    package var movesUnits: Bool

    package init(workers: Int, movesUnits: Bool) {
      self.workers = workers
      self.movesUnits = movesUnits
    }
  }

  private static let nanoseconds: UInt64 = 1_000_000_000
  private let root: String
  private let topology: Topology
  private let ranksOnNode: Int
  private let threads: Int
  private var last: Grant
  private var next: UInt64

  /// A watch over a run with `threads` workers; `nil` where somebody has asked for more of them than is granted at the start,
  /// who gets them.
  ///
  /// - Parameter now: nanoseconds of a clock that only goes forward, as of all times here.
  package init?(
    _ topology: Topology, threads: Int, ranksOnNode: Int = 1, root: String = "/", now: UInt64
  ) {
    (self.root, self.topology, self.ranksOnNode, self.threads) = (root, topology, ranksOnNode, threads)
    last = Grant(root: root)
    next = now + Self.nanoseconds
    guard Self.most(last, topology, ranksOnNode) >= threads else { return nil }
  }

  /// What has changed since the last look, if that is a second ago and something has.
  package mutating func look(at now: UInt64) -> Change? {
    guard now >= next else { return nil }
    next = now + Self.nanoseconds
    let grant = Grant(root: root)
    guard grant != last else { return nil }
    defer { last = grant }
    return Change(
      workers: min(threads, Self.most(grant, topology, ranksOnNode)), movesUnits: grant.units != last.units)
  }

  private static func most(_ grant: Grant, _ topology: Topology, _ ranksOnNode: Int) -> Int {
    ThreadCountRule(topology.allowing(Set(grant.units)), quota: grant.quota, ranksOnNode: ranksOnNode).threads
  }
}
