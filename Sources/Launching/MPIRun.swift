import Foundation

/// A launcher of MPI that is installed, and how it is told what to start.
package struct MPIRun: Sendable, Equatable {
  /// Whose it is; the two take other options.
  package enum Family: String, Sendable {
    case open = "Open MPI"
    case mpich = "MPICH"
  }

  package let path: String
  package let family: Family
  /// Starts a program on another host, in place of ssh: is given the host's name and a command.
  package var agent: String?
  /// Further options of the launcher, as they are.
  package var options: [String] = []

  /// A launcher that is known.
  package init(path: String, family: Family) {
    self.path = path
    self.family = family
  }

  /// Looks what a launcher is by its `--version`.
  ///
  /// - Throws: ``LaunchError`` where it is missing or of no known family.
  package init(path: String) throws(LaunchError) {
    let (status, text) = Self.output(path, ["--version"])
    if text.contains("Open MPI") || text.contains("OpenRTE") || text.contains("PRRTE") {
      self.init(path: path, family: .open)
    } else if text.contains("HYDRA") || text.contains("MPICH") || text.contains("Intel(R) MPI") {
      self.init(path: path, family: .mpich)
    } else if status == nil {
      throw LaunchError(
        "\(path): cannot be started; install a launcher of MPI (Debian: apt install openmpi-bin), or name one with "
          + "--mpirun")
    } else {
      let line = text.split(separator: "\n").first.map(String.init) ?? ""
      throw LaunchError(
        "\(path): is of no known family; its --version says: \(line.isEmpty ? "nothing" : line)")
    }
  }

  /// The arguments that start `command` as `perHost` ranks on each host; no hosts: that many here.
  package func arguments(hosts: [String], perHost: Int, variables: [String], command: [String]) -> [String] {
    let list = hosts.map { "\($0):\(perHost)" }.joined(separator: ",")
    let ranks = ["-n", "\(max(1, hosts.count) * perHost)"]
    var arguments: [String]
    switch family {
    case .open:
      // Ranks choose their cores themselves.
      arguments = ["--bind-to", "none", "--oversubscribe"]
      if geteuid() == 0 { arguments.append("--allow-run-as-root") }
      if let agent { arguments += ["--mca", "plm_rsh_agent", agent] }
      if !hosts.isEmpty { arguments += ["--host", list] }
      arguments += variables.flatMap { ["-x", $0] }
    case .mpich:
      arguments = []
      if let agent { arguments += ["-launcher", "ssh", "-launcher-exec", agent] }
      if !hosts.isEmpty { arguments += ["-hosts", list] }
      if !variables.isEmpty { arguments += ["-genvlist", variables.joined(separator: ",")] }
    }
    return arguments + options + ranks + command
  }

  /// Runs a program to its end; its status, or `nil` where it cannot be started, and what it prints.
  private static func output(_ path: String, _ arguments: [String]) -> (status: Int32?, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [path] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    process.standardInput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return (nil, "") }
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    // What env says of a program that is not there.
    let status = process.terminationStatus
    return (status == 127 || status == 126 ? nil : status, String(decoding: data, as: UTF8.self))
  }
}

/// A run over several processes cannot be started, or cannot go on.
package struct LaunchError: Error, Equatable, CustomStringConvertible {
  package let description: String
  /// Exit code of the contract.
  package let code: Int32

  package init(_ description: String, code: Int32 = 1) {
    self.description = description
    self.code = code
  }
}
