import Foundation
import Testing

/// Programs beside Isotherm that tests ask: Python with a module, shells, readers of manual pages.
enum Interpreter {
  /// `python3` on the path, or the one that `ISOTHERM_PYTHON` names.
  static let python = ProcessInfo.processInfo.environment["ISOTHERM_PYTHON"] ?? "python3"

  /// Whether Python has a module.
  static func hasModule(_ name: String) -> Bool { (try? run(python, "-c", "import \(name)"))?.status == 0 }

  /// Whether a program is on the path.
  static func has(_ name: String) -> Bool { (try? run("/bin/sh", "-c", "command -v \(name)"))?.status == 0 }

  /// Runs a program of the path to its end.
  static func run(
    _ program: String, _ arguments: String..., in folder: URL? = nil, environment: [String: String] = [:]
  ) throws -> Command.Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder ?? URL(fileURLWithPath: Command.packageFolder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let files = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: files) }
    let (output, errors) = (files.appendingPathComponent("output"), files.appendingPathComponent("errors"))
    for file in [output, errors] { try Data().write(to: file) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Command.Result(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
