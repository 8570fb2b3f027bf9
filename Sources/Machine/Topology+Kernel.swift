import Foundation

extension Topology {
  /// The machine as the kernel's lists below `root` describe it, for where hwloc cannot: cores, SMT siblings, packages,
  /// last-level caches and memory nodes. What a list does not say is one of each.
  package init(root: String) {
    func text(_ path: String) -> String? { try? String(contentsOfFile: root + path, encoding: .utf8) }
    func number(_ path: String) -> Int? {
      text(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }
    let system = "sys/devices/system/"
    let online = text(system + "cpu/online").flatMap(Self.numbers) ?? []
    let status = text("proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    let allowed = status?.split(whereSeparator: \.isWhitespace).last.flatMap { Self.numbers(String($0)) }
    let all = online.isEmpty ? allowed ?? Array(0..<ProcessInfo.processInfo.activeProcessorCount) : online
    var nodeOfUnit: [Int: Int] = [:]
    for name in (try? FileManager.default.contentsOfDirectory(atPath: root + system + "node")) ?? [] {
      guard name.hasPrefix("node"), let node = Int(name.dropFirst(4)) else { continue }
      for unit in text(system + "node/\(name)/cpulist").flatMap(Self.numbers) ?? [] { nodeOfUnit[unit] = node }
    }
    let units = all.map { unit in
      let folder = system + "cpu/cpu\(unit)/"
      let socket = number(folder + "topology/physical_package_id") ?? 0
      // The first of the siblings stands for the core: core_id alone is unique within a package only.
      let siblings = text(folder + "topology/thread_siblings_list").flatMap(Self.numbers)
      let sharers = text(folder + "cache/index3/shared_cpu_list").flatMap(Self.numbers)
      return Unit(
        number: unit, core: siblings?.first ?? unit, group: sharers?.first ?? -1 - socket, node: nodeOfUnit[unit] ?? 0,
        socket: socket, isAllowed: allowed?.contains(unit) ?? true)
    }
    let ordered = units.sorted { ($0.node, $0.group, $0.core, $0.number) < ($1.node, $1.group, $1.core, $1.number) }
    self.init(units: ordered, source: .kernel)
  }

  /// The numbers of a list such as "0-3,8,10-11"; `nil` for anything else.
  static func numbers(_ list: String) -> [Int]? {
    var numbers: [Int] = []
    for part in list.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ",") {
      let ends = part.split(separator: "-").map { Int($0) }
      guard ends.count <= 2, let first = ends.first ?? nil, let last = ends.last ?? nil, first <= last,
        last - first < 1 << 16
      else { return nil }
      numbers += first...last
    }
    return numbers.isEmpty ? nil : numbers
  }
}
