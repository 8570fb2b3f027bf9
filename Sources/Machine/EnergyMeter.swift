import Foundation

/// The energy that the machine's processor packages take, as the kernel counts it (RAPL, `/sys/class/powercap`): that of all
/// programs, memory outside the packages left out.
///
/// Counters begin anew at their range, after less than an hour of full load for some: whoever meters longer reads in between.
package struct EnergyMeter: Sendable {
  private struct Package {
    var file: String
    /// The counter's values are 0..<range, in µJ.
    var range: UInt64
    var last: UInt64
  }

  private var packages: [Package] = []
  /// Energy since the meter was made, up to the last ``read()``; `nil` once a counter could not be read.
  package private(set) var joules: Double? = 0

  /// Begins to count; `nil` where the system has no counters, or lets this user read none (Linux since 5.10 lets root alone).
  ///
  /// - Parameter root: where the kernel's files are; another folder is for tests.
  package init?(root: String = "/") {
    let folder = root + "sys/class/powercap"
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    // "intel-rapl:0" is a zone, of AMD's processors too, and "intel-rapl:0:0" a part of it.
    for name in names where name.hasPrefix("intel-rapl:") && name.count(where: { $0 == ":" }) == 1 {
      let zone = folder + "/" + name
      // Beside packages there is the whole board (psys), which would count them twice.
      guard Self.text(zone + "/name")?.hasPrefix("package") == true else { continue }
      guard let range = Self.number(zone + "/max_energy_range_uj"), range > 0,
        let now = Self.number(zone + "/energy_uj")
      else { return nil }
      packages.append(Package(file: zone + "/energy_uj", range: range, last: now))
    }
    guard !packages.isEmpty else { return nil }
  }

  /// Adds what was taken since the last reading.
  package mutating func read() {
    for index in packages.indices {
      guard let sum = joules, let now = Self.number(packages[index].file) else {
        joules = nil
        return
      }
      let (last, range) = (packages[index].last, packages[index].range)
      let taken = now >= last ? now - last : now + (range - min(range, last))
      joules = sum + Double(taken) * 1e-6
      packages[index].last = now
    }
  }

  private static func text(_ path: String) -> String? { try? String(contentsOfFile: path, encoding: .utf8) }

  private static func number(_ path: String) -> UInt64? {
    text(path).flatMap { UInt64($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
}
