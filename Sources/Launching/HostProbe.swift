import Foundation

/// Which hosts a launcher can start a program on: asked of the launcher itself, which needs more of the network than a
/// shell does.
enum HostProbe {
  /// A launcher waits long for a host that does not answer.
  private static let seconds = 20.0

  /// Those of the hosts that answer in time, in their order.
  static func reachable(_ hosts: [String], by mpirun: MPIRun) -> [String] {
    let processes = hosts.map { host -> (String, Process?) in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments =
        [mpirun.path] + mpirun.arguments(hosts: [host], perHost: 1, variables: [], command: ["true"])
      process.standardInput = FileHandle.nullDevice
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      return (host, (try? process.run()) == nil ? nil : process)
    }
    let end = Date().addingTimeInterval(seconds)
    while processes.contains(where: { $0.1?.isRunning == true }), Date() < end { Thread.sleep(forTimeInterval: 0.05) }
    return processes.compactMap { host, process in
      guard let process else { return nil }
      if process.isRunning {
        kill(process.processIdentifier, SIGKILL)
        return nil
      }
      return process.terminationStatus == 0 ? host : nil
    }
  }
}
