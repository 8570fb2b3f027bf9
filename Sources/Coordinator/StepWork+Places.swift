import Machine

extension StepWork {
  /// What the workers of a host share with one another, where it has several memory nodes or L3 groups.
  ///
  /// They are spread as `Placement` spreads them: over all nodes, on a node over its L3 groups. Beyond the cores of the
  /// machine that is known, a host has as many more nodes of the same kind.
  package struct Places: Sendable, Equatable {
    /// Memory nodes that the workers are on, and L3 groups.
    package var nodes: Int
    package var groups: Int
    /// Of the other workers, the share that is on the same node, 0…1, and behind the same L3 cache.
    package var sameNode: Double
    package var sameGroup: Double
    /// The share of what a rank's workers have in common that lies on other nodes than a worker's own, 0…1.
    package var remote: Double

    /// One node, one L3 group.
    package static let together = Places(nodes: 1, groups: 1, sameNode: 1, sameGroup: 1, remote: 0)

    package init(nodes: Int, groups: Int, sameNode: Double, sameGroup: Double, remote: Double) {
      self.nodes = nodes
      self.groups = groups
      self.sameNode = sameNode
      self.sameGroup = sameGroup
      self.remote = remote
    }

    /// The places of `hostRanks` ranks of `threads` workers.
    package init(threads: Int, hostRanks: Int = 1, on machine: Topology.Count) {
      let workers = threads * hostRanks
      func used(_ count: Int) -> Int {
        guard workers > machine.cores else { return min(workers, count) }
        return max(count, (workers * count + machine.cores - 1) / machine.cores)
      }
      // One node stays one, however many cores it would take: nothing is known of a second.
      nodes = machine.nodes > 1 ? used(machine.nodes) : 1
      groups = max(nodes, machine.groups > 1 ? used(machine.groups) : 1)
      func share(_ places: Int) -> Double {
        workers > 1 ? Double((workers + places - 1) / places - 1) / Double(workers - 1) : 1
      }
      sameNode = share(nodes)
      sameGroup = share(groups)
      // Ranks have a part of the nodes each.
      remote = 1 - 1 / Double(max(1, min(threads, nodes / hostRanks)))
    }
  }
}
