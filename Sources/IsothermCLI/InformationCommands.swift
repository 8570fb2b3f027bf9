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
    var memoryLimitBytes: Int?
    var kernelPath: String
    var supportedKernelPaths: [String]
    var blas: String
    var blasThreads: Int
    var isBLASUsable: Bool
    var mostThreads: Int
    var advice: [String]
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
    let cores = topology.usableCores
    advice.append(
      "\"threads\": \"auto\" starts \(min(cores, BLASBuild.maximumCallers)) workers, or one a shard if the config has fewer"
    )
    if topology.affinityCores < topology.onlineCores {
      advice.append(
        "the process may run on \(topology.affinityCores) of \(topology.onlineCores) cores (taskset, or a container)")
    }
    if let quota = topology.quotaCores, quota < Double(topology.affinityCores) {
      advice.append(
        "a cgroup quota grants \(HumanFormat.short(quota)) cores' worth of time; more threads would be throttled")
    }
    if topology.numaNodes > 1 {
      advice.append(
        "\(topology.numaNodes) NUMA nodes: arenas lie on the node of their worker; for runs on one node use "
          + "numactl --cpunodebind=0 --membind=0")
    }
    if KernelPath.active == .portable {
      advice.append(
        "this CPU has neither AVX2 nor AVX-512, so the portable kernels run: correct, but several times slower")
    }
    let result = Result(
      machine: .current, usableCores: cores, memoryLimitBytes: topology.memoryLimitBytes,
      kernelPath: KernelPath.active.rawValue, supportedKernelPaths: KernelPath.supported.map(\.rawValue),
      blas: blas.configuration, blasThreads: blas.threads, isBLASUsable: isUsable,
      mostThreads: BLASBuild.maximumCallers,
      advice: advice)
    printResult(json ? JSONText.pretty(result) : Self.text(result))
    if !isUsable { throw ExitCode(Failure.runTime) }
  }

  private static func text(_ result: Result) -> String {
    let machine = result.machine
    var table = TextTable(columns: [.text(""), .text("")])
    table.append(["processor", machine.cpuModel ?? "unknown"])
    table.append([
      "cores",
      "\(machine.cores) online, \(machine.affinity ?? machine.cores) by affinity, quota "
        + (machine.quota.map { HumanFormat.short($0) } ?? "none") + ": \(result.usableCores) usable",
    ])
    table.append(["NUMA nodes", "\(machine.numaNodes ?? 1)"])
    table.append([
      "memory",
      HumanFormat.bytes(machine.memoryBytes ?? 0)
        + (result.memoryLimitBytes.map { ", cgroup limit \(HumanFormat.bytes($0))" } ?? ""),
    ])
    table.append([
      "kernels",
      "\(result.kernelPath) (supported: \(result.supportedKernelPaths.joined(separator: ", ")); "
        + "ISOTHERM_KERNELS chooses)",
    ])
    table.append(["BLAS", result.blas])
    table.append([
      "BLAS threads",
      "\(result.blasThreads) a call, at most \(result.mostThreads) callers"
        + (result.isBLASUsable ? "" : ": NOT USABLE"),
    ])
    return table.render(.detect(descriptor: 1)) + "\n" + result.advice.map { "· \($0)" }.joined(separator: "\n")
  }
}
