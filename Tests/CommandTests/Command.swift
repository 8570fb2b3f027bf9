import Foundation
import TestSupport
import Testing

/// The built command, run as a user runs it.
struct Command {
  typealias Result = Program.Result

  /// The executable beside this test program.
  static let path: String = {
    let program = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return program.deletingLastPathComponent().appendingPathComponent("isotherm").path
  }()

  static var packageFolder: String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().path
  }

  /// A process that is not yet started; `limits` are the shell's commands before it, such as `ulimit -v 100000`.
  static func process(
    _ arguments: [String], in folder: String, environment: [String: String] = [:], limits: String = ""
  ) -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: limits.isEmpty ? path : "/bin/bash")
    process.arguments = limits.isEmpty ? arguments : ["-c", "\(limits); exec \"$0\" \"$@\"", path] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    return process
  }

  /// Runs to the end.
  static func run(
    _ arguments: String..., in folder: URL? = nil, environment: [String: String] = [:]
  ) throws -> Result {
    try run(arguments, in: folder, environment: environment)
  }

  /// Runs to the end.
  static func run(
    _ arguments: [String], in folder: URL? = nil, environment: [String: String] = [:], limits: String = ""
  ) throws -> Result {
    let process = process(arguments, in: folder?.path ?? packageFolder, environment: environment, limits: limits)
    // Files, not pipes: a pipe that nobody empties would block a long output.
    let files = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: files) }
    let outputFile = files.appendingPathComponent("output")
    let errorFile = files.appendingPathComponent("errors")
    for file in [outputFile, errorFile] { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: outputFile)
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    process.waitUntilExit()
    return Result(
      status: process.terminationStatus, output: try String(contentsOf: outputFile, encoding: .utf8),
      errors: try String(contentsOf: errorFile, encoding: .utf8))
  }
}
