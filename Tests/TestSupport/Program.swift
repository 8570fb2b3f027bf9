import Foundation
import Testing

/// Programs beside Isotherm that tests ask: Python with its libraries, shells, readers of manual pages.
public enum Program {
  /// What a program printed, and how it ended.
  public struct Result: Sendable {
    public var status: Int32
    public var output: String
    public var errors: String

    public init(status: Int32, output: String, errors: String) {
      self.status = status
      self.output = output
      self.errors = errors
    }

    /// Standard output as JSON.
    public func json() throws -> [String: Any] {
      try #require(try JSONSerialization.jsonObject(with: Data(output.utf8)) as? [String: Any], "\(output)\(errors)")
    }
  }

  /// `python3` on the path, or the one that `ISOTHERM_PYTHON` names.
  public static let python = ProcessInfo.processInfo.environment["ISOTHERM_PYTHON"] ?? "python3"

  /// The folder of Package.swift, where programs run if nothing else is said.
  public static let packageFolder = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Whether Python can find modules; none of them is imported, since some take seconds.
  public static func pythonHas(_ modules: String...) -> Bool {
    let names = modules.map { "'\($0)'" }.joined(separator: ", ")
    let check = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, [\(names)])))"
    return (try? run(python, "-c", check))?.status == 0
  }

  /// Whether a program is on the path.
  public static func has(_ name: String) -> Bool { (try? run("/bin/sh", "-c", "command -v \(name)"))?.status == 0 }

  /// Runs a program of the path to its end, with nothing on its standard input.
  public static func run(
    _ program: String, _ arguments: String..., in folder: URL = packageFolder, environment: [String: String] = [:]
  ) throws -> Result {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    process.currentDirectoryURL = folder
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // Files, not pipes: a pipe that nobody empties would block a long output.
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
    return Result(
      status: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }
}
