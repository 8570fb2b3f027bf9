/// Where the workers of a run are: a processing unit for each, chosen from the machine and T alone.
///
/// Worker 0 is the caller. The workers are spread: they take turns over the memory nodes, on a node over its L3 groups, and
/// in a group over its cores, so that T workers have the caches and memory channels of as many groups and nodes as there
/// are. Each has a core to itself; SMT siblings are used when there are more workers than cores, and two workers share a
/// unit when there are more than those. Of a hybrid processor the faster cores come first.
package struct Placement: Sendable, Equatable {
  /// The unit of each worker.
  package let seats: [Topology.Unit]
  /// How closely a worker is held to its seat.
  package let width: Width
  /// For each worker the system's numbers of the units that it may run on.
  package let bindings: [[Int]]

  /// How closely a worker is held.
  package enum Width: String, Sendable {
    /// To its unit: the SMT siblings are others' seats.
    case unit
    /// To its core.
    case core
    /// To its L3 group, where cores are left over: other programs, and other runs, may need one of them, and the scheduler can
    /// then make room. The caches and the memory are the same.
    case group
  }

  /// Places `threads` workers on what the process may use of a machine.
  ///
  /// - Parameter share: which part of the cores is this process's, where ranks of a run share them.
  package init(_ topology: Topology, threads: Int, share: NodeShare = .whole) {
    precondition(threads >= 1, "\(threads) workers to place")
    let cores = share.part(of: Self.cores(topology.allowedUnits))
    let order = Self.spread(cores)
    let siblings = order.map(\.count).max() ?? 1
    // First a unit of every core, then the second units, and so on.
    let units = (0..<siblings).flatMap { sibling in order.compactMap { sibling < $0.count ? $0[sibling] : nil } }
    let seats = (0..<threads).map { units[$0 % units.count] }
    self.seats = seats
    let width: Width = threads > cores.count ? .unit : threads == cores.count ? .core : .group
    self.width = width
    let mine = cores.flatMap { $0 }
    bindings = seats.map { seat in
      switch width {
      case .unit: [seat.number]
      case .core: mine.filter { $0.core == seat.core }.map(\.number)
      case .group: mine.filter { $0.group == seat.group }.map(\.number)
      }
    }
  }

  /// The units of each core, in the machine's order.
  static func cores(_ units: [Topology.Unit]) -> [[Topology.Unit]] {
    var place: [Int: Int] = [:]
    var cores: [[Topology.Unit]] = []
    for unit in units {
      if let index = place[unit.core] {
        cores[index].append(unit)
      } else {
        place[unit.core] = cores.count
        cores.append([unit])
      }
    }
    return cores
  }

  /// The cores in the order in which workers take them.
  private static func spread(_ cores: [[Topology.Unit]]) -> [[Topology.Unit]] {
    let kinds = Set(cores.map { $0[0].kind }).sorted(by: >)
    return kinds.flatMap { kind in
      let same = cores.filter { $0[0].kind == kind }
      let nodes = split(same, by: \.node).map { takeTurns(split($0, by: \.group)) }
      return takeTurns(nodes)
    }
  }

  private static func split(
    _ cores: [[Topology.Unit]], by part: KeyPath<Topology.Unit, Int>
  ) -> [[[Topology.Unit]]] {
    Dictionary(grouping: cores) { $0[0][keyPath: part] }.sorted { $0.key < $1.key }.map(\.value)
  }

  /// The first of each list, then the second of each that has one, and so on.
  private static func takeTurns(_ lists: [[[Topology.Unit]]]) -> [[Topology.Unit]] {
    (0..<(lists.map(\.count).max() ?? 0)).flatMap { turn in
      lists.compactMap { turn < $0.count ? $0[turn] : nil }
    }
  }
}

/// The part that a process has of its node's cores, where several ranks of a run share them.
package struct NodeShare: Sendable, Equatable {
  /// The number of this rank among those, counted from 0, and how many they are.
  package var rank: Int
  package var ranks: Int

  /// One process that has all.
  package static let whole = NodeShare(rank: 0, ranks: 1)

  /// - Parameter ranks: those that may run on the same cores. Where a launcher has bound every rank to cores of its own,
  ///   each has its mask for itself: 1.
  package init(rank: Int, ranks: Int) {
    precondition(ranks >= 1 && (0..<ranks).contains(rank), "rank \(rank) of \(ranks) on a node")
    self.rank = rank
    self.ranks = ranks
  }

  /// This rank's of some things, in a row: as many for each as it goes, and at least one.
  func part<Thing>(of things: [Thing]) -> [Thing] {
    if things.count < ranks { return things.isEmpty ? [] : [things[rank % things.count]] }
    return Array(things[rank * things.count / ranks..<(rank + 1) * things.count / ranks])
  }
}
