import Coordinator
import Foundation

extension MPIRun {
  /// Runs a program as some ranks on this machine, to its end.
  ///
  /// - Parameter stop: is handed on to the ranks, which then come to their end.
  /// - Returns: its exit code.
  /// - Throws: ``LaunchError`` where it cannot be started, or fails: with what it has said.
  package func run(_ command: [String], ranks: Int, stop: StopRequest) throws -> Int32 {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // A file: a pipe that nobody empties would block whoever says much.
    let said = folder.appendingPathComponent("errors")
    try Data().write(to: said)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [path] + arguments(hosts: [], perHost: ranks, variables: [], command: command)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = try FileHandle(forWritingTo: said)
    do {
      try process.run()
    } catch {
      throw LaunchError("\(path): cannot be started: \(error.localizedDescription)")
    }
    var wasAsked = false
    while process.isRunning {
      Thread.sleep(forTimeInterval: 0.02)
      guard stop.isRaised, !wasAsked else { continue }
      wasAsked = true
      // Launchers of MPI hand this signal on.
      kill(process.processIdentifier, SIGUSR1)
    }
    process.waitUntilExit()
    let code = process.terminationStatus
    guard process.terminationReason == .exit, code == 0 || stop.isRaised else {
      let words = (try? String(contentsOf: said, encoding: .utf8)) ?? ""
      throw LaunchError("\(ranks) ranks failed with code \(code); they said: \(words.suffix(2000))")
    }
    return code
  }
}
