import CHwloc

/// hwloc's tree of a machine. It is only read once it is loaded, which hwloc allows several threads at a time.
package final class LoadedTopology: Sendable {
  /// Where a description comes from.
  package enum Description: Sendable {
    /// The machine that the process runs on, or what the environment names in its place.
    case machine
    /// hwloc's words: "package:2 l3:8 core:8 pu:2".
    case synthetic(String)
    /// What `lstopo --of xml` writes.
    case xml(String)
  }

  /// This machine; `nil` where hwloc cannot load it.
  package static let machine = LoadedTopology(.machine)

  nonisolated(unsafe) let tree: hwloc_topology_t
  /// What is in the tree.
  package let topology: Topology
  /// Whether it is the machine that the process runs on, where threads can be bound.
  package let isThisMachine: Bool

  /// Loads a description; `nil` if hwloc refuses it.
  package init?(_ description: Description) {
    var loaded: hwloc_topology_t?
    guard hwloc_topology_init(&loaded) == 0, let tree = loaded else { return nil }
    guard Self.load(description, into: tree) else {
      hwloc_topology_destroy(tree)
      return nil
    }
    self.tree = tree
    isThisMachine = hwloc_topology_is_thissystem(tree) != 0
    let units = Self.units(of: tree, isThisMachine: isThisMachine)
    guard !units.isEmpty else {
      hwloc_topology_destroy(tree)
      return nil
    }
    topology = Topology(units: units, source: .hwloc(isThisMachine: isThisMachine))
  }

  deinit { hwloc_topology_destroy(tree) }

  private static func load(_ description: Description, into tree: hwloc_topology_t) -> Bool {
    switch description {
    case .machine: break
    case .synthetic(let words): guard hwloc_topology_set_synthetic(tree, words) == 0 else { return false }
    case .xml(let text):
      let bytes = Array(text.utf8CString)
      guard hwloc_topology_set_xmlbuffer(tree, bytes, Int32(bytes.count)) == 0 else { return false }
    }
    // The units of others count too: doctor shows the whole machine, and what a container has of it.
    let flags = UInt(HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED.rawValue)
    return hwloc_topology_set_flags(tree, flags) == 0 && hwloc_topology_load(tree) == 0
  }

  private static func units(of tree: hwloc_topology_t, isThisMachine: Bool) -> [Topology.Unit] {
    let bound = hwloc_bitmap_alloc()
    defer { hwloc_bitmap_free(bound) }
    // What the cgroup allows, and of it what the process is bound to (taskset, a batch system).
    hwloc_bitmap_copy(bound, hwloc_topology_get_allowed_cpuset(tree))
    if isThisMachine {
      let own = hwloc_bitmap_alloc()
      let whole = Int32(HWLOC_CPUBIND_PROCESS.rawValue)
      if hwloc_get_cpubind(tree, own, whole) == 0 { hwloc_bitmap_and(bound, bound, own) }
      hwloc_bitmap_free(own)
    }
    var units: [Topology.Unit] = []
    var next = hwloc_get_next_obj_by_type(tree, HWLOC_OBJ_PU, nil)
    while let object = next {
      let number = object.pointee.os_index
      func ancestor(_ type: hwloc_obj_type_t) -> Int? {
        hwloc_get_ancestor_obj_by_type(tree, type, object).map { Int($0.pointee.logical_index) }
      }
      let node = Int(hwloc_bitmap_first(object.pointee.nodeset))
      let socket = ancestor(HWLOC_OBJ_PACKAGE) ?? 0
      units.append(
        Topology.Unit(
          number: Int(number), core: ancestor(HWLOC_OBJ_CORE) ?? Int(object.pointee.logical_index),
          // Without such a cache, those of a package are a group.
          group: ancestor(HWLOC_OBJ_L3CACHE) ?? socket, node: node, socket: socket,
          kind: kind(of: object.pointee.cpuset, tree), isAllowed: hwloc_bitmap_isset(bound, number) != 0))
      next = hwloc_get_next_obj_by_type(tree, HWLOC_OBJ_PU, object)
    }
    return units
  }

  /// hwloc's efficiency of a hybrid processor's kind of core: more is faster.
  private static func kind(of set: hwloc_cpuset_t, _ tree: hwloc_topology_t) -> Int {
    var efficiency: Int32 = 0
    let kind = hwloc_cpukinds_get_by_cpuset(tree, set, 0)
    guard kind >= 0, hwloc_cpukinds_get_info(tree, UInt32(kind), nil, &efficiency, nil, nil, 0) == 0 else { return 0 }
    return max(0, Int(efficiency))
  }
}
