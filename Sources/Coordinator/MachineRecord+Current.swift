import Machine
import Foundation
import Kernels
import Records
import Workers

extension MachineRecord {
  /// This machine, and what the kernels and BLAS make of it.
  public static var current: MachineRecord {
    let topology = MachineTopology.current
    return MachineRecord(
      cores: topology.onlineCores, affinity: topology.affinityCores, quota: topology.quotaCores,
      numaNodes: topology.numaNodes, cpuModel: topology.processorName, memoryBytes: topology.memoryBytes,
      kernelFamily: KernelPath.active.rawValue, blasVersion: BLASBuild.current.version,
      blasCore: BLASBuild.current.coreName, operatingSystem: ProcessInfo.processInfo.operatingSystemVersionString,
      hostName: nil)
  }
}
