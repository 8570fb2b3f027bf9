import Foundation
import Kernels
import Machine
import Records
import Workers

extension MachineRecord {
  /// This machine, and what the kernels and BLAS make of it.
  public static var current: MachineRecord {
    let topology = MachineTopology.current
    var record = MachineRecord(cores: topology.onlineCores)
    record.affinity = topology.affinityCores
    record.quota = topology.quotaCores
    record.numaNodes = topology.numaNodes
    // Another machine's, where hwloc was given the description of one.
    let places = Topology.current.all
    (record.packages, record.l3Groups, record.physicalCores) = (places.sockets, places.groups, places.cores)
    record.cpuModel = topology.processorName
    record.memoryBytes = topology.memoryBytes
    record.kernelFamily = KernelPath.active.rawValue
    record.blasVersion = BLASBuild.current.version
    record.blasCore = BLASBuild.current.coreName
    record.operatingSystem = ProcessInfo.processInfo.operatingSystemVersionString
    return record
  }
}
