import Foundation
import Machine
import TestSupport
import Testing

@Suite("The machine's energy counters")
struct EnergyMeterTests {
  /// A zone of the kernel's files.
  private func zone(_ root: URL, _ zone: String, _ name: String, energy: UInt64, range: UInt64 = 1000_000) throws {
    let folder = root.appendingPathComponent("sys/class/powercap/\(zone)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (file, text) in [("name", name), ("energy_uj", "\(energy)"), ("max_energy_range_uj", "\(range)")] {
      try (text + "\n").write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    }
  }

  @Test("are added over packages, across their range, and not counted twice for what is in a package or around it")
  func sums() throws {
    try withTemporaryFolder { root in
      func counters(_ first: UInt64, _ second: UInt64, _ others: UInt64) throws {
        try zone(root, "intel-rapl:0", "package-0", energy: first)
        try zone(root, "intel-rapl:1", "package-1", energy: second)
        try zone(root, "intel-rapl:0:0", "core", energy: others)
        try zone(root, "intel-rapl:2", "psys", energy: others)
        try zone(root, "intel-rapl-mmio:0", "package-0", energy: others)
      }
      try counters(100, 900_000, 0)
      var meter = try #require(EnergyMeter(root: root.path + "/"))
      meter.read()
      #expect(meter.joules == 0)
      // 400,000 µJ, and 100,000 to the end of the range with 50,000 behind it.
      try counters(400_100, 50_000, 777_000)
      meter.read()
      #expect(abs(try #require(meter.joules) - 0.55) < 1e-12)
      try counters(400_100, 60_000, 777_000)
      meter.read()
      #expect(abs(try #require(meter.joules) - 0.56) < 1e-12)
      // Once a counter cannot be read, there is no sum, and never again one.
      try FileManager.default.removeItem(atPath: root.path + "/sys/class/powercap/intel-rapl:1/energy_uj")
      meter.read()
      try counters(400_100, 60_000, 0)
      meter.read()
      #expect(meter.joules == nil)
    }
  }

  @Test("are left out where there are none, or they cannot be read")
  func absent() throws {
    try withTemporaryFolder { root in
      #expect(EnergyMeter(root: root.path + "/") == nil)
      try zone(root, "intel-rapl:0", "package-0", energy: 1)
      try zone(root, "intel-rapl:1", "package-1", energy: 1)
      try FileManager.default.removeItem(atPath: root.path + "/sys/class/powercap/intel-rapl:1/energy_uj")
      #expect(EnergyMeter(root: root.path + "/") == nil)
    }
  }
}
