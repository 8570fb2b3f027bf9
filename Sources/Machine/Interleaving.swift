import CHwloc

/// Pages spread over the memory nodes.
package enum Interleaving {
  /// Has the pages of some memory, none of which has been touched, come from the nodes of the process in turn.
  ///
  /// For what every worker reads: the weights. On one node alone they would take all the time of its memory channels while
  /// the others' idle; and a copy for each node would have to be written again after every step, since every step changes
  /// all weights.
  ///
  /// - Parameter address: where a page begins.
  /// - Returns: whether the system does so; `false` where there is one node.
  @discardableResult
  package static func apply(address: UInt, bytes: Int) -> Bool {
    guard let machine = LoadedTopology.machine, machine.isThisMachine, machine.topology.allowed.nodes > 1,
      bytes > 0, let start = UnsafeRawPointer(bitPattern: address)
    else { return false }
    let nodes = hwloc_topology_get_allowed_nodeset(machine.tree)
    let flags = Int32(HWLOC_MEMBIND_BYNODESET.rawValue)
    return hwloc_set_area_membind(machine.tree, start, bytes, nodes, HWLOC_MEMBIND_INTERLEAVE, flags) == 0
  }
}
