/// Whether the workers of a run are held to their seats, and why not.
package enum Pinning: Sendable, Equatable {
  case pinned(Placement)
  case free(Reason)

  /// Why nobody is pinned.
  package enum Reason: Sendable, Equatable {
    /// `"pin": false`.
    case unwanted
    /// There is one L3 group: all cores have the same cache and memory, so there is nothing to keep, and a thread that is held
    /// waits where a free one moves away from another program. On two busy cores small steps took almost twice as long.
    case uniform
    /// More workers than units; pinned, the same ones would always share.
    case crowded(threads: Int, units: Int)
    /// A quota grants a part of the units' time: others live on the machine, and would pin to the same cores.
    case quota(Double, units: Int)
    /// The topology is a description of another machine, or hwloc cannot be used.
    case unknownMachine
    /// The system lets no thread be bound (a container's rules).
    case refused
  }

  /// What is to be done for `threads` workers.
  package init(
    _ topology: Topology, threads: Int, quota: Double?, isWanted: Bool = true, share: NodeShare = .whole,
    isAllowed: () -> Bool = UnitSet.canBind
  ) {
    let units = share.part(of: Placement.cores(topology.allowedUnits)).reduce(0) { $0 + $1.count }
    if !isWanted {
      self = .free(.unwanted)
    } else if topology.source != .hwloc(isThisMachine: true) {
      self = .free(.unknownMachine)
    } else if threads > units {
      self = .free(.crowded(threads: threads, units: units))
    } else if let quota, quota < Double(topology.allowed.cores) {
      self = .free(.quota(quota, units: topology.allowed.units))
    } else if topology.allowed.groups == 1 {
      self = .free(.uniform)
    } else if !isAllowed() {
      self = .free(.refused)
    } else {
      self = .pinned(Placement(topology, threads: threads, share: share))
    }
  }

  /// Where the workers are held; `nil` where they are not.
  package var placement: Placement? {
    if case .pinned(let placement) = self { placement } else { nil }
  }
}
