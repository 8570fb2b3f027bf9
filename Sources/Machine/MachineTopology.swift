import Foundation

/// What the machine offers to this process: cores, affinity, cgroup quota, NUMA nodes, memory.
package struct MachineTopology: Sendable, Equatable {
  /// Name of the processor as the system gives it.
  package var processorName: String
  /// Logical cores that are online.
  package var onlineCores: Int
  /// Logical cores that the process may run on (taskset, containers).
  package var affinityCores: Int
  /// Cores' worth of time that the cgroup grants, `nil` without a quota.
  package var quotaCores: Double?
  /// Number of NUMA nodes, at least 1.
  package var numaNodes: Int
  /// Physical memory in bytes.
  package var memoryBytes: Int
  /// Memory limit of the cgroup in bytes, `nil` without one.
  package var memoryLimitBytes: Int?
  /// The soft limits of the process's address space and of its data (ulimit -v, -d) in bytes, `nil` without one.
  package var addressSpaceBytes: Int?
  package var dataBytes: Int?

  /// The most threads that can run at once: the least of the affinity and the quota, at least 1.
  package var usableCores: Int {
    let quota = quotaCores.map { max(1, Int($0.rounded(.up))) } ?? affinityCores
    return max(1, min(affinityCores, quota))
  }

  /// This machine, read once.
  package static let current = MachineTopology(root: "/")

  /// Reads the kernel's files below `root` (a folder other than "/" is for tests).
  package init(root: String) {
    func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }
    let online = ProcessInfo.processInfo.activeProcessorCount
    let described = text("proc/cpuinfo")?.split(separator: "\n")
      .first { $0.hasPrefix("model name") }?
      .split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
    processorName = described ?? "unknown processor"
    onlineCores = online
    affinityCores = Self.affinity(text) ?? online
    quotaCores = Self.quota(text)
    let nodes = (try? FileManager.default.contentsOfDirectory(atPath: root + "sys/devices/system/node")) ?? []
    numaNodes = max(1, nodes.count { $0.hasPrefix("node") && Int($0.dropFirst(4)) != nil })
    memoryBytes = Int(ProcessInfo.processInfo.physicalMemory)
    memoryLimitBytes = Self.groupMemoryLimit(text)
    addressSpaceBytes = Self.resourceLimit("Max address space", text)
    dataBytes = Self.resourceLimit("Max data size", text)
  }

  /// The logical cores that the process may run on, as the system lists them: "0-3,8,10-11"; empty where it does not.
  package var affinityList: String {
    Self.affinityList { try? String(contentsOfFile: "/" + $0, encoding: .utf8) }.map(String.init) ?? ""
  }

  static func affinityList(_ text: (String) -> String?) -> Substring? {
    let line = text("proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line?.split(whereSeparator: \.isWhitespace).last
  }

  /// Cores of a list such as "0-3,8,10-11".
  private static func affinity(_ text: (String) -> String?) -> Int? {
    guard let list = affinityList(text) else { return nil }
    var count = 0
    for part in list.split(separator: ",") {
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return nil }
      count += last - first + 1
    }
    return count > 0 ? count : nil
  }

  /// The least quota of the process's cgroup and those above it: cgroup v2 (`cpu.max`: "quota period" or "max period")
  /// or v1.
  static func quota(_ text: (String) -> String?) -> Double? {
    func words(_ path: String) -> [Double?] {
      text(path)?.split(whereSeparator: \.isWhitespace).map { Double($0) } ?? []
    }
    var quotas: [Double] = []
    for path in groupFiles("cpu.max", of: nil, mounts: ["", "/unified"], text) {
      let words = words(path)
      if words.count == 2, let quota = words[0], let period = words[1], period > 0 { quotas.append(quota / period) }
    }
    let mounts = ["/cpu", "/cpu,cpuacct"]
    for (quotaPath, periodPath) in zip(
      groupFiles("cpu.cfs_quota_us", of: "cpu", mounts: mounts, text),
      groupFiles("cpu.cfs_period_us", of: "cpu", mounts: mounts, text))
    {
      // Version 1 writes "none" as -1.
      if let quota = words(quotaPath).first ?? nil, let period = words(periodPath).first ?? nil, quota > 0, period > 0 {
        quotas.append(quota / period)
      }
    }
    return quotas.min()
  }
}
