/// What the processors of a machine are made of: processing units in cores, cores behind caches, caches on memory nodes.
package struct Topology: Sendable, Equatable {
  /// What one thread runs on at a time: a core, or one of its SMT siblings.
  ///
  /// But for `number`, which is the system's, things are counted from 0 in the order in which the machine has them.
  package struct Unit: Sendable, Equatable {
    /// The system's number, as `taskset` takes it.
    package var number: Int
    /// The physical core; its SMT siblings have the same.
    package var core: Int
    /// The cores that share a last-level cache on one memory node: an L3 group.
    package var group: Int
    /// The NUMA node: the memory that is near.
    package var node: Int
    /// The package, which sits in a socket.
    package var socket: Int
    /// How fast the core is among those of other kinds, more is faster; 0 where all are alike or nobody knows.
    package var kind: Int
    /// Whether the process may run on it (taskset, containers).
    package var isAllowed: Bool

    package init(
      number: Int, core: Int, group: Int, node: Int, socket: Int, kind: Int = 0, isAllowed: Bool = true
    ) {
      self.number = number
      self.core = core
      self.group = group
      self.node = node
      self.socket = socket
      self.kind = kind
      self.isAllowed = isAllowed
    }
  }

  /// Who has said so.
  package enum Source: Sendable, Equatable {
    /// hwloc, and whether what it says is this machine rather than the description of another one.
    case hwloc(isThisMachine: Bool)
    /// The kernel's lists, where hwloc cannot be used.
    case kernel
  }

  /// All processing units, core by core.
  package private(set) var units: [Unit]
  package let source: Source

  /// A machine of these units. Cores, groups, nodes and sockets may be numbered in any way; they are counted anew, in the
  /// order of the units. Without a unit that the process may use, all of them count as allowed.
  package init(units: [Unit], source: Source) {
    self.source = source
    self.units = units
    renumber(\.socket)
    renumber(\.node)
    // A group never spans two memory nodes: with sub-NUMA clustering, one cache serves several.
    var pairs: [[Int]: Int] = [:]
    for index in self.units.indices {
      let key = [self.units[index].node, self.units[index].group]
      pairs[key] = pairs[key] ?? pairs.count
      self.units[index].group = pairs[key]!
    }
    renumber(\.core)
    if !units.contains(where: \.isAllowed) {
      for index in self.units.indices { self.units[index].isAllowed = true }
    }
  }

  private mutating func renumber(_ part: WritableKeyPath<Unit, Int>) {
    var numbers: [Int: Int] = [:]
    for index in units.indices {
      let old = units[index][keyPath: part]
      let new = numbers[old] ?? numbers.count
      numbers[old] = new
      units[index][keyPath: part] = new
    }
  }

  /// The same machine where the process may use these units alone, by the system's numbers.
  package func allowing(_ numbers: Set<Int>) -> Topology {
    var other = self
    guard units.contains(where: { numbers.contains($0.number) }) else { return self }
    for index in other.units.indices { other.units[index].isAllowed = numbers.contains(other.units[index].number) }
    return other
  }

  /// Units that the process may use.
  package var allowedUnits: [Unit] { units.filter(\.isAllowed) }

  /// How many of something there are.
  package struct Count: Sendable, Equatable {
    package var sockets: Int
    package var nodes: Int
    package var groups: Int
    package var cores: Int
    package var units: Int

    init(_ units: [Unit]) {
      func count(_ part: KeyPath<Unit, Int>) -> Int { Set(units.map { $0[keyPath: part] }).count }
      sockets = count(\.socket)
      nodes = count(\.node)
      groups = count(\.group)
      cores = count(\.core)
      self.units = units.count
    }

    package init(sockets: Int, nodes: Int, groups: Int, cores: Int, units: Int) {
      self.sockets = sockets
      self.nodes = nodes
      self.groups = groups
      self.cores = cores
      self.units = units
    }
  }

  /// Of the machine, and of what the process may use of it.
  package var all: Count { Count(units) }
  package var allowed: Count { Count(allowedUnits) }

  /// This machine, read once: before any thread is pinned.
  package static let current = Topology()

  /// This machine as hwloc describes it (which honours `HWLOC_SYNTHETIC` and `HWLOC_XMLFILE`), else as the kernel does.
  init() { self = LoadedTopology.machine?.topology ?? Topology(root: "/") }
}
