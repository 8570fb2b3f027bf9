import Foundation

/// A bound on what this process may use of memory, and what sets it.
package struct MemoryLimit: Sendable, Equatable, CustomStringConvertible {
  /// What sets a bound.
  package enum Source: String, Sendable, CaseIterable {
    /// The machine has no more.
    case machine = "the machine's memory"
    /// `memory.max`, or `memory.limit_in_bytes` of the older cgroups: a container's, a batch system's.
    case controlGroup = "the memory limit of the process's cgroup"
    /// RLIMIT_AS.
    case addressSpace = "the limit of its address space, ulimit -v"
    /// RLIMIT_DATA.
    case data = "the limit of its data, ulimit -d"
  }

  package var bytes: Int
  package var source: Source

  /// At most `bytes`, because of `source`.
  package init(bytes: Int, source: Source) {
    self.bytes = bytes
    self.source = source
  }

  package var description: String { source.rawValue }
}

extension MachineTopology {
  /// The tightest bound on the memory of this process.
  package var memoryLimit: MemoryLimit {
    let bounds: [(MemoryLimit.Source, Int?)] = [
      (.controlGroup, memoryLimitBytes), (.addressSpace, addressSpaceBytes), (.data, dataBytes),
    ]
    return bounds.reduce(MemoryLimit(bytes: memoryBytes, source: .machine)) { tightest, bound in
      guard let bytes = bound.1, bytes < tightest.bytes else { return tightest }
      return MemoryLimit(bytes: bytes, source: bound.0)
    }
  }

  /// The soft limit of a row of proc(5)'s `limits`, in bytes; `nil` for "unlimited", or where there is no such file.
  static func resourceLimit(_ row: String, _ text: (String) -> String?) -> Int? {
    let line = text("proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix(row) }
    return line?.dropFirst(row.count).split(separator: " ").first.flatMap { Int($0) }
  }

  /// The memory limit of the process's cgroup and of every one above it: of cgroup v2, and of v1's memory controller.
  static func groupMemoryLimit(_ text: (String) -> String?) -> Int? {
    func bytes(_ path: String) -> Int? {
      text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    let limits =
      groupFiles("memory.max", of: nil, mounts: ["", "/unified"], text).compactMap(bytes)
      + groupFiles("memory.limit_in_bytes", of: "memory", mounts: ["/memory"], text).compactMap(bytes)
    // Version 1 writes "none" as the largest whole number of pages.
    return limits.filter { $0 < 1 << 60 }.min()
  }

  /// Paths of a file in the process's cgroup and in every one above it.
  ///
  /// - Parameters:
  ///   - controller: of version 1; `nil` for version 2.
  ///   - mounts: folders of the hierarchy below /sys/fs/cgroup.
  static func groupFiles(
    _ file: String, of controller: Substring?, mounts: [String], _ text: (String) -> String?
  ) -> [String] {
    // "0::/path", or "4:cpu,cpuacct:/path".
    let lines = text("proc/self/cgroup")?.split(separator: "\n") ?? []
    let rows = lines.map { $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false) }
    let own = rows.first { row in
      row.count == 3 && (controller.map { row[1].split(separator: ",").contains($0) } ?? row[1].isEmpty)
    }
    var folder = own.map { String($0[2]) } ?? ""
    // In a container the hierarchy may begin with its own group, whose path is not found below it: hence the first.
    var folders = [""]
    while folder.count > 1 {
      folders.append(folder)
      folder = String(folder[..<(folder.lastIndex(of: "/") ?? folder.startIndex)])
    }
    return mounts.flatMap { mount in folders.map { "sys/fs/cgroup" + mount + $0 + "/" + file } }
  }
}
