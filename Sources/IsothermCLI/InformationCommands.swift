import Coordinator
import Configuration
import Charts
import Records
import Reports
import Machine
import JSON
import Kernels
import Datasets
import ArgumentParser
import Foundation

struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Shows the machine, the kernels and BLAS, and what Isotherm will do with them.",
    discussion: """
      The exit code is 1 where a run could not start.

        isotherm doctor
        isotherm doctor --json
      """)

  @Flag(help: "Prints a machine-readable result.") var json = false

  /// What `doctor --json` prints.
  struct Result: Encodable {
    var machine: MachineRecord
    var usableCores: Int
    /// How `"threads": "auto"` comes to its number.
    var threads: [Bound]
    var topology: TopologyDescription
    /// Where the workers of a run on all of them are held, or why they are not.
    var pinning: String
    var memoryLimitBytes: Int?
    var kernelPath: String
    var supportedKernelPaths: [String]
    /// Whether they compute what `"arithmetic": "portable"` asks for.
    var hasPortableArithmetic: Bool
    var blas: String
    var blasThreads: Int
    var isBLASUsable: Bool
    var mostThreads: Int
    var advice: [String]

    /// One thing that bounds the threads.
    struct Bound: Encodable {
      var reason: String
      var threads: Int
    }
  }

  func run() throws {
    let topology = MachineTopology.current
    let blas = BLASBuild.current
    var advice: [String] = []
    var isUsable = true
    do { try BLASBuild.requireUsable() } catch {
      isUsable = false
      advice.append("\(error)")
    }
    do { _ = try KernelPath.requested() } catch { advice.append("\(error)") }
    if let old = blas.advice(on: .active) { advice.append(old) }
    let rule = Self.threadCount()
    let pinning = Pinning(.current, threads: rule.threads, quota: topology.quotaCores)
    if KernelPath.active == .portable {
      advice.append(
        "this CPU has neither AVX2 nor AVX-512, so the portable kernels run: correct, but several times slower")
    }
    if !KernelPath.active.hasPortableArithmetic {
      advice.append(
        "these kernels cannot compute \"arithmetic\": \"portable\"; those of \(KernelPath.environmentVariable)="
          + "\(KernelPath.fused.rawValue) can, about twenty times slower")
    }
    let result = Result(
      machine: .current, usableCores: rule.threads,
      threads: rule.bounds.map { .init(reason: $0.reason, threads: $0.threads) },
      topology: TopologyDescription(.current), pinning: pinning.words, memoryLimitBytes: topology.memoryLimitBytes,
      kernelPath: KernelPath.active.rawValue, supportedKernelPaths: KernelPath.supported.map(\.rawValue),
      hasPortableArithmetic: KernelPath.active.hasPortableArithmetic, blas: blas.configuration,
      blasThreads: blas.threads, isBLASUsable: isUsable,
      mostThreads: BLASBuild.maximumCallers,
      advice: advice)
    printResult(json ? JSONText.pretty(result) : Self.text(result))
    if !isUsable { throw ExitCode(Failure.runTime) }
  }

  /// What a run on this machine starts, as far as the machine says.
  private static func threadCount() -> ThreadCountRule {
    var rule = ThreadCountRule.current
    rule.bound(BLASBuild.maximumCallers, "at most \(BLASBuild.maximumCallers) threads may call OpenBLAS at once")
    return rule
  }

  private static func text(_ result: Result) -> String {
    let machine = result.machine
    let facts = [
      ("processor", machine.cpuModel ?? "unknown"), ("cores", result.topology.coreWords),
      ("places", result.topology.placeWords),
      (
        "memory",
        HumanFormat.bytes(machine.memoryBytes ?? 0)
          + (result.memoryLimitBytes.map { ", cgroup limit \(HumanFormat.bytes($0))" } ?? "")
      ),
      (
        "kernels",
        "\(result.kernelPath) (supported: \(result.supportedKernelPaths.joined(separator: ", ")); "
          + "ISOTHERM_KERNELS chooses); portable arithmetic: \(result.hasPortableArithmetic ? "yes" : "no")"
      ), ("BLAS", result.blas),
      (
        "BLAS threads",
        "\(result.blasThreads) a call, at most \(result.mostThreads) callers"
          + (result.isBLASUsable ? "" : ": NOT USABLE")
      ),
    ]
    let width = facts.map(\.0.count).max() ?? 0
    let lines = facts.map { "  " + $0.0 + String(repeating: " ", count: width - $0.0.count + 2) + $0.1 }
    return (lines + ["", result.topology.drawing, "", threads(result)] + result.advice.map { "· \($0)" })
      .joined(separator: "\n")
  }

  /// How `"threads": "auto"` comes to its number, a bound a line.
  private static func threads(_ result: Result) -> String {
    let width = result.threads.map { "\($0.threads)".count }.max() ?? 1
    let bounds = result.threads.map { bound in
      let number = "\(bound.threads)"
      return "  " + String(repeating: " ", count: width - number.count) + number + "  " + bound.reason
    }
    let head = "\"threads\": \"auto\" starts \(result.usableCores), or as many as a config has work for"
    let work = "(its shards, or the pieces of its wide dense layers if they are more):"
    return ([head, work] + bounds + ["workers: " + result.pinning]).joined(separator: "\n")
  }
}
