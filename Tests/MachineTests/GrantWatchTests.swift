import Foundation
import Machine
import TestSupport
import Testing

@Suite("A watch over what the system grants")
struct GrantWatchTests {
  private static let second: UInt64 = 1_000_000_000

  @Test("sees a quota and an affinity that change, once a second, and never asks for more workers than there are")
  func follows() throws {
    try withTemporaryFolder { folder in
      func write(_ path: String, _ text: String) throws {
        let file = folder.appendingPathComponent(path)
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
      }
      func quota(_ text: String) throws { try write("sys/fs/cgroup/cpu.max", text) }
      try write("proc/self/cgroup", "0::/\n")
      try write("proc/self/status", "Cpus_allowed_list:\t0-15\n")
      try quota("max 100000\n")
      let machine = try Servers.synthetic("package:1 l3:2 core:4 pu:2")
      let root = folder.path + "/"
      var watch = try #require(GrantWatch(machine, threads: 6, root: root, now: 0))
      #expect(watch.look(at: 2 * Self.second) == nil)
      try quota("250000 100000\n")
      #expect(watch.look(at: 3 * Self.second - 1) == nil)
      #expect(watch.look(at: 3 * Self.second) == .init(workers: 3, movesUnits: false))
      #expect(watch.look(at: 4 * Self.second) == nil)
      try quota("900000 100000\n")
      #expect(watch.look(at: 5 * Self.second) == .init(workers: 6, movesUnits: false))
      // Two cores, of one of them one unit.
      try write("proc/self/status", "Cpus_allowed_list:\t0-2\n")
      #expect(watch.look(at: 6 * Self.second) == .init(workers: 2, movesUnits: true))
      // Whoever asks for more than is granted gets it, and is not watched.
      #expect(GrantWatch(machine, threads: 3, root: root, now: 0) == nil)
      #expect(GrantWatch(machine, threads: 2, ranksOnNode: 2, root: root, now: 0) == nil)
    }
  }
}
