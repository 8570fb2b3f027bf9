import Foundation
import Machine
import TestSupport
import Testing

/// Servers that nobody here has, as hwloc describes them.
enum Servers {
  /// Two packages of 64 cores in 8 L3 groups, SMT 2.
  static let large = "package:2 numa:1 l3:8 core:8 pu:2"
  /// The same package with its memory in four nodes each (NPS4).
  static let divided = "package:2 numa:4 l3:2 core:8 pu:2"

  static func synthetic(_ words: String) throws -> Topology {
    try #require(LoadedTopology(.synthetic(words))).topology
  }

  /// Two fast cores of two units each (0–3) and four slow ones (4–7), one cache.
  static func hybrid() throws -> Topology {
    let file = try #require(Bundle.module.url(forResource: "Servers/hybrid", withExtension: "xml"))
    return try #require(LoadedTopology(.xml(String(contentsOf: file, encoding: .utf8)))).topology
  }
}

@Suite("The processors of a machine")
struct TopologyTests {
  @Test(
    "are counted as hwloc describes them",
    arguments: [
      (Servers.large, [2, 2, 16, 128, 256]), (Servers.divided, [2, 8, 16, 128, 256]),
      // Sub-NUMA clustering: one cache of a package serves two nodes, and each node's cores are a group.
      ("package:2 l3:1 numa:2 core:4 pu:2", [2, 4, 4, 16, 32]), ("core:1 pu:1", [1, 1, 1, 1, 1]),
      ("package:1 l3:1 core:4 pu:4", [1, 1, 1, 4, 16]),
    ])
  func counts(words: String, expected: [Int]) throws {
    let found = try Servers.synthetic(words).all
    #expect([found.sockets, found.nodes, found.groups, found.cores, found.units] == expected)
  }

  @Test("of a hybrid processor know which are fast")
  func kinds() throws {
    let hybrid = try Servers.hybrid()
    #expect(hybrid.all == Topology.Count(sockets: 1, nodes: 1, groups: 1, cores: 6, units: 8))
    #expect(hybrid.units.map(\.kind) == [1, 1, 1, 1, 0, 0, 0, 0])
    #expect(hybrid.source == .hwloc(isThisMachine: false))
  }

  @Test("that the process may use are counted apart")
  func allowed() throws {
    let part = try Servers.synthetic(Servers.large).allowing([0, 1, 2, 16, 128, 129])
    #expect(part.all.cores == 128)
    // 0 and 1, and 128 and 129, are siblings.
    #expect(part.allowed == Topology.Count(sockets: 2, nodes: 2, groups: 3, cores: 4, units: 6))
    #expect(part.allowing([9999]) == part)
  }

  @Test("are those of this machine")
  func here() throws {
    let here = Topology.current
    #expect(here.allowed.cores >= 1 && here.allowed.units <= here.all.units)
    let bound = try #require(UnitSet.ofThread())
    if here.source == .hwloc(isThisMachine: true) {
      #expect(Set(here.allowedUnits.map(\.number)) == Set(bound.numbers))
    }
  }

  @Test("are read from the kernel's lists where there is no hwloc")
  func kernel() throws {
    try withTemporaryFolder { folder in
      var files = [
        "proc/self/status": "Cpus_allowed_list:\t0-2,4-7\n", "sys/devices/system/cpu/online": "0-7\n",
        "sys/devices/system/node/node0/cpulist": "0-1,4-5\n", "sys/devices/system/node/node1/cpulist": "2-3,6-7\n",
      ]
      // Siblings are 4 apart, as Linux numbers them.
      for unit in 0..<8 {
        let folder = "sys/devices/system/cpu/cpu\(unit)/"
        files[folder + "topology/physical_package_id"] = "\(unit % 4 / 2)\n"
        files[folder + "topology/thread_siblings_list"] = "\(unit % 4),\(unit % 4 + 4)\n"
        files[folder + "cache/index3/shared_cpu_list"] = unit % 4 < 2 ? "0-1,4-5\n" : "2-3,6-7\n"
      }
      for (path, text) in files {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      let found = Topology(root: folder.path + "/")
      #expect(found.source == .kernel)
      #expect(found.all == Topology.Count(sockets: 2, nodes: 2, groups: 2, cores: 4, units: 8))
      #expect(found.allowed == Topology.Count(sockets: 2, nodes: 2, groups: 2, cores: 4, units: 7))
      #expect(found.units.map(\.number) == [0, 4, 1, 5, 2, 6, 3, 7])
      // Of nothing at all something is made.
      let nothing = Topology(root: folder.path + "/nowhere/")
      #expect(nothing.allowed.cores >= 1 && nothing.all.nodes == 1)
    }
  }

  @Test("a description that hwloc refuses is none")
  func refused() {
    #expect(LoadedTopology(.synthetic("no words of hwloc")) == nil)
    #expect(LoadedTopology(.xml("<topology")) == nil)
  }
}
