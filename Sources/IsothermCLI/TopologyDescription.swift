import Machine

/// The processors of the machine for `doctor`: nodes, L3 groups and cores.
struct TopologyDescription: Encodable {
  /// The cores of an L3 group.
  struct Group: Encodable {
    var package: Int
    var node: Int
    var group: Int
    var cores: [Int]
    /// Processing units by the system's numbers, and those of them that the process may use.
    var units: [Int]
    var allowedUnits: [Int]
  }

  /// Who has said so: `hwloc`, or the `kernel` where hwloc cannot.
  var source: String
  var packages: Int
  var numaNodes: Int
  var l3Groups: Int
  var physicalCores: Int
  var processingUnits: Int
  /// What the process may use.
  var allowedCores: Int
  var allowedUnits: Int
  var groups: [Group]

  init(_ topology: Topology) {
    let (all, allowed) = (topology.all, topology.allowed)
    source =
      switch topology.source {
      case .hwloc(isThisMachine: true): "hwloc"
      case .hwloc(isThisMachine: false): "hwloc, a description of another machine (HWLOC_SYNTHETIC or HWLOC_XMLFILE)"
      case .kernel: "kernel"
      }
    (packages, numaNodes, l3Groups) = (all.sockets, all.nodes, all.groups)
    (physicalCores, processingUnits) = (all.cores, all.units)
    (allowedCores, allowedUnits) = (allowed.cores, allowed.units)
    groups = Dictionary(grouping: topology.units, by: \.group).values
      .map { units in
        Group(
          package: units[0].socket, node: units[0].node, group: units[0].group, cores: Set(units.map(\.core)).sorted(),
          units: units.map(\.number).sorted(), allowedUnits: units.filter(\.isAllowed).map(\.number).sorted())
      }
      .sorted { $0.group < $1.group }
  }

  /// "16, with 32 SMT siblings; 3 of them for this process".
  var coreWords: String {
    let siblings = processingUnits > physicalCores ? ", with \(processingUnits) SMT siblings" : ""
    return "\(physicalCores)\(siblings)"
      + (allowedUnits < processingUnits ? "; \(allowedCores) of them for this process" : "")
  }

  /// "2 packages, 2 memory nodes, 4 L3 groups".
  var placeWords: String {
    [(packages, "package"), (numaNodes, "memory node"), (l3Groups, "L3 group")]
      .map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }.joined(separator: ", ")
  }

  /// A line for each L3 group below its package and node.
  var drawing: String {
    var lines = ["processors, as \(source) has them:"]
    var last: (package: Int, node: Int)?
    for group in groups {
      if last?.package != group.package { lines.append("package \(group.package)") }
      if last == nil || last! != (group.package, group.node) { lines.append("  memory node \(group.node)") }
      last = (group.package, group.node)
      let allowed =
        group.allowedUnits.isEmpty
        ? "; none for this process"
        : group.allowedUnits.count < group.units.count
          ? "; for this process \(Self.ranges(group.allowedUnits))" : ""
      lines.append(
        "    L3 group \(group.group): cores \(Self.ranges(group.cores)), units \(Self.ranges(group.units))\(allowed)")
    }
    return lines.joined(separator: "\n")
  }

  /// "0–3, 8" of numbers in order.
  static func ranges(_ numbers: [Int]) -> String {
    var runs: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
    return runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }.joined(separator: ", ")
  }
}

extension Pinning {
  /// In words.
  var words: String {
    switch self {
    case .pinned(let placement):
      switch placement.width {
      case .unit: "each is held to a processing unit"
      case .core: "each is held to a core"
      case .group: "each is held to an L3 group, where it has a core to itself"
      }
    case .free(.unwanted): "not held to cores: \"pin\" is false"
    case .free(.uniform): "not held: there is one L3 group, all cores have the same cache and memory"
    case .free(.crowded(let threads, let units)): "not held: \(threads) of them share \(units) units"
    case .free(.quota(let quota, let units)):
      "not held: a quota of \(quota) cores' worth of time on \(units) units says that others work there too"
    case .free(.unknownMachine): "not held: the topology is not this machine's, or hwloc cannot be used"
    case .free(.refused): "not held: the system does not allow it (a container's rules)"
    }
  }
}
