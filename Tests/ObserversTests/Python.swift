import Foundation
import Testing

/// Programs in Python that read what the observers write: `python3`, or the one that `ISOTHERM_PYTHON` names.
enum Python {
  private static let program = ProcessInfo.processInfo.environment["ISOTHERM_PYTHON"] ?? "python3"

  /// Whether modules can be imported.
  static func has(_ modules: String...) -> Bool {
    (try? output(["-c", "import " + modules.joined(separator: ", ")])) != nil
  }

  /// What a script of this folder prints, as JSON.
  static func json(_ script: String, _ arguments: String...) throws -> Any {
    let path = Bundle.module.resourceURL?.appendingPathComponent("Python/" + script).path ?? script
    return try JSONSerialization.jsonObject(with: try output([path] + arguments))
  }

  private struct Failed: Error {
    var status: Int32
    var errors: String
  }

  private static func output(_ arguments: [String]) throws -> Data {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let errors = FileManager.default.temporaryDirectory.appendingPathComponent("isotherm-" + UUID().uuidString)
    try Data().write(to: errors)
    defer { try? FileManager.default.removeItem(at: errors) }
    process.standardError = try FileHandle(forWritingTo: errors)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw Failed(
        status: process.terminationStatus, errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self))
    }
    return output
  }
}
