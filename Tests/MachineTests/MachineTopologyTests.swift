import Machine
import Foundation
import TestSupport
import Testing
import Workers

@Suite("The machine's topology")
struct MachineTopologyTests {
  /// Writes the kernel's files of another machine below a folder and reads them.
  private func topology(_ files: [String: String]) throws -> MachineTopology {
    try withTemporaryFolder { folder in
      for (path, text) in files {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      return MachineTopology(root: folder.path + "/")
    }
  }

  @Test("this machine has cores, memory and a node")
  func here() {
    let here = MachineTopology.current
    #expect(here.affinityCores >= 1 && here.affinityCores <= 8192)
    #expect(here.usableCores >= 1 && here.usableCores <= here.affinityCores)
    #expect(here.memoryBytes > 1 << 28)
    #expect(here.numaNodes >= 1)
  }

  @Test("a cgroup quota is cores' worth of time; quota and memory limit are the least along the path")
  func quota() throws {
    let files = [
      "proc/self/status": "Cpus_allowed_list:\t0-7\n", "proc/self/cgroup": "0::/outer/inner\n",
      "sys/fs/cgroup/outer/cpu.max": "150000 100000\n", "sys/fs/cgroup/outer/inner/cpu.max": "250000 100000\n",
      "sys/fs/cgroup/outer/memory.max": "1073741824\n", "sys/fs/cgroup/outer/inner/memory.max": "2147483648\n",
    ]
    let found = try topology(files)
    #expect(found.quotaCores == 1.5)
    #expect(found.memoryLimitBytes == 1 << 30)
    // A part of a core is worth a thread.
    #expect(found.usableCores == 2)
    let inner = try topology(
      files.merging(
        ["sys/fs/cgroup/outer/cpu.max": "max 100000\n", "sys/fs/cgroup/outer/memory.max": "max\n"]) { $1 })
    #expect(inner.quotaCores == 2.5 && inner.usableCores == 3 && inner.memoryLimitBytes == 2 << 30)
  }

  @Test("no quota is no limit")
  func noQuota() throws {
    let found = try topology(["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"])
    #expect(found.quotaCores == nil)
    #expect(found.usableCores == found.affinityCores)
  }

  @Test("cores of the affinity are counted from ranges")
  func affinity() throws {
    #expect(try topology(["proc/self/status": "Name:\tx\nCpus_allowed_list:\t0-3,8,10-11\n"]).affinityCores == 7)
    #expect(try topology(["proc/self/status": "Cpus_allowed_list:\t0-255\n"]).usableCores == 256)
  }

  @Test("the older cgroup's quota counts too")
  func oldQuota() throws {
    let found = try topology([
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "50000\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    ])
    #expect(found.quotaCores == 0.5)
    #expect(found.usableCores == 1)
  }

  @Test("the older cgroups' limits are those of the process's own group and of every one above it")
  func oldGroups() throws {
    let group = "system.slice/train.service"
    let limits = [
      "proc/self/cgroup": "4:memory:/\(group)\n2:cpu,cpuacct:/\(group)\n0::/\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "sys/fs/cgroup/memory/\(group)/memory.limit_in_bytes": "209715200\n",
      "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
      "sys/fs/cgroup/cpu/\(group)/cpu.cfs_quota_us": "150000\n",
      "sys/fs/cgroup/cpu/\(group)/cpu.cfs_period_us": "100000\n",
    ]
    let found = try topology(limits)
    #expect(found.memoryLimitBytes == 200 << 20)
    #expect(found.quotaCores == 1.5)
    // In a container, whose hierarchy begins with its own group.
    let inside = try topology([
      "proc/self/cgroup": "4:memory:/docker/abc\n",
      "sys/fs/cgroup/memory/memory.limit_in_bytes": "104857600\n",
    ])
    #expect(inside.memoryLimitBytes == 100 << 20)
    let free = try topology(["sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"])
    #expect(free.memoryLimitBytes == nil && free.quotaCores == nil)
  }

  @Test("the tightest of the machine, the cgroup and the resource limits bounds the memory")
  func memoryLimit() throws {
    func limits(addressSpace: String, data: String) -> String {
      """
      Limit                     Soft Limit           Hard Limit           Units
      Max data size             \(data)            unlimited            bytes
      Max stack size            8388608              unlimited            bytes
      Max address space         \(addressSpace)            unlimited            bytes

      """
    }
    let machine = try topology([:]).memoryLimit
    #expect(machine == MemoryLimit(bytes: MachineTopology.current.memoryBytes, source: .machine))
    let unlimited = limits(addressSpace: "unlimited", data: "unlimited")
    #expect(try topology(["proc/self/limits": unlimited]).memoryLimit == machine)
    #expect(
      try topology(["proc/self/limits": limits(addressSpace: "2048000", data: "unlimited")]).memoryLimit
        == MemoryLimit(bytes: 2_048_000, source: .addressSpace))
    #expect(
      try topology(["proc/self/limits": limits(addressSpace: "2048000", data: "1024000")]).memoryLimit
        == MemoryLimit(bytes: 1_024_000, source: .data))
    #expect(
      try topology([
        "proc/self/limits": limits(addressSpace: "2048000", data: "unlimited"), "sys/fs/cgroup/memory.max": "1000\n",
      ]).memoryLimit == MemoryLimit(bytes: 1000, source: .controlGroup))
    #expect(try topology(["sys/fs/cgroup/memory.max": "max\n"]).memoryLimit == machine)
  }

  @Test("processor and NUMA nodes are read")
  func names() throws {
    let found = try topology([
      "proc/cpuinfo": "processor : 0\nmodel name\t: Some CPU 9000\n",
      "sys/devices/system/node/node0/cpulist": "0-3", "sys/devices/system/node/node1/cpulist": "4-7",
      "sys/devices/system/node/possible": "0-1",
    ])
    #expect(found.processorName == "Some CPU 9000")
    #expect(found.numaNodes == 2)
  }
}
