import Foundation

/// How `"threads": "auto"` comes to its number, bound by bound.
package struct ThreadCountRule: Sendable, Equatable {
  /// A thing that bounds the threads.
  package struct Bound: Sendable, Equatable {
    /// In words, with figures.
    package var reason: String
    /// The threads that are left.
    package var threads: Int

    package init(reason: String, threads: Int) {
      self.reason = reason
      self.threads = threads
    }
  }

  /// From the machine to the result; each has at most as many threads as the one before.
  package private(set) var bounds: [Bound] = []

  /// The result so far, at least 1.
  package var threads: Int { bounds.last?.threads ?? 1 }

  /// What this machine and system grant to one process that has it to itself.
  package static let current = ThreadCountRule(.current, quota: MachineTopology.current.quotaCores)

  /// What machine and system grant to one of `ranksOnNode` processes that run on the same cores.
  package init(_ topology: Topology, quota: Double?, ranksOnNode: Int = 1) {
    let (all, allowed) = (topology.all, topology.allowed)
    let siblings = all.units > all.cores ? ", with \(all.units) SMT siblings, which are not counted" : ""
    bounds = [Bound(reason: "the machine has \(Self.plural(all.cores, "core"))\(siblings)", threads: all.cores)]
    if allowed.units < all.units {
      bound(allowed.cores, "the process may run on \(allowed.cores) of them (taskset, a container or a batch system)")
    }
    if ranksOnNode > 1 {
      bound(max(1, allowed.cores / ranksOnNode), "\(ranksOnNode) ranks share them")
    }
    if let quota {
      // A part of a core is worth a thread. A quota is the container's, and all its ranks run in it.
      let share = quota / Double(ranksOnNode)
      bound(max(1, Int(share.rounded(.up))), "a quota grants \(Self.short(share)) cores' worth of time (cpu.max)")
    }
  }

  /// At most `threads`, because of `reason`; without a consequence, nothing is said.
  package mutating func bound(_ threads: Int, _ reason: String) {
    guard threads < self.threads else { return }
    bounds.append(Bound(reason: reason, threads: threads))
  }

  private static func plural(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

  private static func short(_ value: Double) -> String {
    value == value.rounded() ? String(Int(value)) : String((value * 100).rounded() / 100)
  }
}
